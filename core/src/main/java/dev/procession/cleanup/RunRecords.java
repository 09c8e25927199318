package dev.procession.cleanup;

import dev.procession.launch.PrivateFolder;
import dev.procession.process.ProcessId;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The folder in which the JVMs of one user keep the records of their runs. Thread safe. */
final class RunRecords {

    /** The system property that names another folder; read once, at the first start. */
    static final String PROPERTY = "procession.runs";

    private static final Logger LOG = System.getLogger("dev.procession");

    private final Path folder;

    /** Guards what follows. */
    private final Object lock = new Object();

    private boolean looked;
    private @Nullable Path usable;

    RunRecords(Path folder) {
        this.folder = folder;
    }

    /** Those of this JVM's user. */
    static RunRecords ofUser() {
        return Holder.OF_USER;
    }

    private static final class Holder {
        static final RunRecords OF_USER = new RunRecords(place());
    }

    private static Path place() {
        String named = System.getProperty(PROPERTY, "");
        if (!named.isEmpty()) {
            return Path.of(named).toAbsolutePath();
        }
        // Not java.io.tmpdir first: builds move that into their own folder, and the next one would not look there.
        Path tmp = Path.of("/tmp");
        Path folder = Files.isWritable(tmp) ? tmp : Path.of(System.getProperty("java.io.tmpdir"));
        return folder.resolve(
                "procession-runs-" + Machine.here().map(Machine::user).orElse(0L));
    }

    /**
     * Makes the folder, where there is none yet.
     *
     * @return empty if it cannot be trusted, which the log says once
     */
    Optional<Path> folder() {
        synchronized (lock) {
            if (!looked) {
                looked = true;
                try {
                    Optional<String> problem = Machine.here().map(this::problem).orElse(Optional.of(""));
                    usable = problem.isEmpty() ? folder : null;
                    problem.filter(text -> !text.isEmpty()).ifPresent(RunRecords::warn);
                } catch (IllegalArgumentException | UnsupportedOperationException e) {
                    warn(folder + " cannot be looked at: " + e);
                }
            }
            return Optional.ofNullable(usable);
        }
    }

    /** Said of whatever keeps a record from being made. */
    private static void warn(String problem) {
        LOG.log(
                Level.WARNING,
                "There is no run record: " + problem
                        + ". If this JVM is killed together with its watchdog, the next one will not know what it left.");
    }

    private Optional<String> problem(Machine machine) {
        return new PrivateFolder(folder, OptionalLong.of(machine.user()), "name another by -D" + PROPERTY + "=FOLDER")
                .problem();
    }

    /**
     * Begins a record of this JVM's run.
     *
     * @return empty where there is no {@code /proc}, and where it cannot be made, which the log says
     */
    Optional<RunRecord> begin(ProcessId jvm) {
        Optional<Path> here = folder();
        if (here.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(RunRecord.begin(here.get(), Machine.here().orElseThrow(), jvm));
        } catch (IOException e) {
            warn("a file in " + folder + " cannot be made: " + e + "; make room there");
            return Optional.empty();
        }
    }

    /** The files in there; whose they are their names say. */
    List<Path> files() {
        List<Path> files = new ArrayList<>();
        Optional<Path> here = folder();
        if (here.isPresent()) {
            try (DirectoryStream<Path> listing = Files.newDirectoryStream(here.get())) {
                listing.forEach(files::add);
            } catch (IOException | DirectoryIteratorException e) {
                warn(folder + " cannot be listed: " + e + "; name another by -D" + PROPERTY + "=FOLDER");
            }
        }
        return files;
    }
}
