package dev.procession.os.backend;

import dev.procession.os.DeathWatch;
import dev.procession.os.FileCut;
import dev.procession.os.FileWatch;
import dev.procession.os.OperatingSystem;
import dev.procession.os.OwnEnvironment;
import dev.procession.os.ProcessTable;
import dev.procession.os.SharedFolders;
import dev.procession.os.Signaller;
import dev.procession.os.Sockets;
import dev.procession.os.Spawner;
import dev.procession.os.linux.LinuxNative;
import dev.procession.os.linux.ProcfsSockets;
import dev.procession.os.linux.ProcfsTable;
import dev.procession.os.portable.HandleTable;
import dev.procession.os.portable.NoSockets;
import dev.procession.os.portable.Portable;
import dev.procession.process.ProcessionException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses an implementation for each capability, by trying it. The system property {@code procession.backend}, set to
 * {@code portable} or {@code native} before the first use, forces one; forced to be native, what cannot be is an error.
 */
public final class Backend {

    /** The system property that forces a choice. */
    public static final String PROPERTY = "procession.backend";

    private static final Logger LOG = System.getLogger("dev.procession.os");

    private final @Nullable LinuxNative linux;
    private final Portable portable;
    private final boolean mustBeNative;
    private final List<String> replaced = new ArrayList<>();

    private Backend(@Nullable LinuxNative linux, Portable portable, boolean mustBeNative) {
        this.linux = linux;
        this.portable = portable;
        this.mustBeNative = mustBeNative;
    }

    /**
     * The JVM's one operating system, made on the first call: with native code that takes about 100 ms.
     *
     * @throws ProcessionException if a choice is forced that cannot be had
     */
    public static OperatingSystem current() {
        if (Holder.FAILURE != null) {
            throw new ProcessionException(Holder.FAILURE.getMessage(), Holder.FAILURE);
        }
        return Objects.requireNonNull(Holder.CURRENT);
    }

    /** Starts making it in the background, so that the first start need not wait for native code to load. */
    public static void warmUp() {
        // A failure is kept for whoever needs it.
        Thread thread = new Thread(() -> Objects.hash(Holder.CURRENT), "procession-load");
        thread.setDaemon(true);
        thread.start();
    }

    /** A failure is kept, since the JVM would tell it only to the first who asks. */
    private static final class Holder {
        static final @Nullable OperatingSystem CURRENT;
        static final @Nullable Throwable FAILURE;

        static {
            OperatingSystem current = null;
            Throwable failure = null;
            try {
                current = choose(System.getProperty(PROPERTY, "auto"));
            } catch (LinkageError | RuntimeException e) {
                failure = e;
            }
            CURRENT = current;
            FAILURE = failure;
        }
    }

    /**
     * Makes one that is not shared; tests use it to have both side by side.
     *
     * @param wish {@code auto}, {@code native} or {@code portable}
     */
    public static OperatingSystem choose(String wish) {
        if (!List.of("auto", "native", "portable").contains(wish)) {
            throw new IllegalArgumentException(
                    "System property " + PROPERTY + " is '" + wish + "'; it can be auto, native or portable");
        }
        ProcessTable table = ProcfsTable.isAvailable() ? new ProcfsTable() : new HandleTable();
        boolean mustBeNative = wish.equals("native");
        boolean isLinux = System.getProperty("os.name", "").equals("Linux");
        LinuxNative linux = null;
        if (!wish.equals("portable") && (isLinux || mustBeNative)) {
            try {
                linux = new LinuxNative(table);
            } catch (LinkageError | RuntimeException e) {
                if (mustBeNative) {
                    throw e;
                }
                LOG.log(
                        Level.WARNING,
                        "Native code cannot be used, the portable backend takes over: no exact exit status after a"
                                + " signal, one thread a process. Cause: " + rootCause(e));
            }
        }
        return new Backend(linux, new Portable(table), mustBeNative).assemble(table);
    }

    private OperatingSystem assemble(ProcessTable table) {
        Spawner spawner = choose("spawn", LinuxNative::spawner, portable::spawner);
        Signaller signaller = choose("signal", LinuxNative::signaller, portable::signaller);
        DeathWatch deaths = choose("watch", LinuxNative::deathWatch, portable::deathWatch);
        FileWatch files = choose("file watch", LinuxNative::fileWatch, portable::fileWatch);
        Sockets sockets = choose("sockets", LinuxNative::sockets, Backend::portableSockets);
        FileCut cut = choose("file cut", LinuxNative::fileCut, () -> FileCut.NONE);
        SharedFolders folders = choose("folders", LinuxNative::sharedFolders, () -> SharedFolders.BY_JDK);
        OwnEnvironment environment = choose("environment", LinuxNative::environment, () -> OwnEnvironment.BY_JDK);
        String description = linux == null
                ? "portable"
                : replaced.isEmpty() ? "native" : "native, but portable for " + String.join(", ", replaced);
        ProcessTable processes = linux == null ? table : linux.processes();
        return new OperatingSystem(
                processes, spawner, signaller, deaths, files, sockets, cut, folders, environment, description);
    }

    private static Sockets portableSockets() {
        ProcfsSockets procfs = new ProcfsSockets();
        return procfs.seesListeners() ? procfs : new NoSockets();
    }

    private <T> T choose(String capability, Function<LinuxNative, T> preferred, Supplier<T> fallback) {
        if (linux != null) {
            try {
                return preferred.apply(linux);
            } catch (LinkageError | RuntimeException e) {
                if (mustBeNative) {
                    throw e;
                }
                replaced.add(capability);
                LOG.log(
                        Level.WARNING,
                        "The capability '" + capability + "' cannot be had natively, the portable one takes over."
                                + " Cause: " + rootCause(e));
            }
        }
        return fallback.get();
    }

    private static String rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause.toString();
    }
}
