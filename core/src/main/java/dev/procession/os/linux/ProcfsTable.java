package dev.procession.os.linux;

import dev.procession.os.ProcessTable;
import dev.procession.process.CommandLineTest;
import dev.procession.process.FoundProcess;
import dev.procession.process.NulSeparated;
import dev.procession.process.ProcStat;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.RunState;
import dev.procession.process.TableText;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The process table of Linux, read from {@code /proc} without native code, which only a second look may need. */
public final class ProcfsTable implements ProcessTable {

    /** Who starts a successor and ends between the list and the look is missed; so the list is read until it is known. */
    private static final int MOST_LISTINGS = 10;

    private static final String REMOVED = " (deleted)";

    private static final String REMOVED_IN_URI = "%20(deleted)";

    private static final Pattern UPTIME = Pattern.compile("(\\d{1,15})\\.(\\d\\d)");

    private static final List<Integer> OUTPUTS = List.of(1, 2);

    private final SecondLook secondLook;

    public ProcfsTable() {
        this(SecondLook.NONE);
    }

    /** @param secondLook is asked where the first one is refused */
    ProcfsTable(SecondLook secondLook) {
        this.secondLook = secondLook;
    }

    /** Whether there is a {@code /proc} to read. */
    public static boolean isAvailable() {
        return new File("/proc/self/stat").canRead() && new File("/proc/uptime").canRead();
    }

    @Override
    public Optional<ProcessInfo> find(long pid) {
        return find(pid, new ProcFiles());
    }

    private static Optional<ProcessInfo> find(long pid, ProcFiles files) {
        return row("/proc/" + pid, files).filter(row -> !ProcStat.isFurtherThread(files.buffer(), files.length()));
    }

    /** Of a process or a thread. */
    private static Optional<ProcessInfo> row(String folder, ProcFiles files) {
        return files.read(folder + "/stat", folder) && files.length() > 0
                ? Optional.of(ProcStat.parse(files.buffer(), files.length()))
                : Optional.empty();
    }

    /**
     * The folder of a thread that goes on, of a process whose first thread has ended: by then that one shows neither words
     * nor files, and each of the others shows those of the process.
     */
    private static Optional<String> survivor(long pid, ProcFiles files) {
        String folder = "/proc/" + pid;
        if (row(folder, files)
                .filter(row -> row.state() == RunState.ZOMBIE && !row.isDead())
                .isEmpty()) {
            return Optional.empty();
        }
        String[] threads = new File(folder + "/task").list();
        return Arrays.stream(threads == null ? new String[0] : threads)
                .map(thread -> folder + "/task/" + thread)
                .filter(thread -> row(thread, files)
                        .filter(row -> row.state() != RunState.ZOMBIE && row.state() != RunState.DEAD)
                        .isPresent())
                .findFirst();
    }

    @Override
    public List<ProcessInfo> scan() {
        ProcFiles files = new ProcFiles();
        List<ProcessInfo> rows = new ArrayList<>();
        forEach(pid -> find(pid, files).ifPresent(rows::add));
        return rows;
    }

    /** Does something with the pid of each process, once; also with those that are started meanwhile. */
    private static void forEach(LongConsumer look) {
        Set<String> seen = new HashSet<>();
        boolean anybodyNew = true;
        for (int listings = 0; anybodyNew && listings < MOST_LISTINGS; listings++) {
            anybodyNew = false;
            for (String name : list()) {
                // A driver may give its own folder any name.
                if (name.charAt(0) >= '1' && name.charAt(0) <= '9' && seen.add(name)) {
                    anybodyNew = true;
                    TableText.number(name, 10).ifPresent(look::accept);
                }
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>One file is read of those that have arguments and do not pass. Of the others, the row is: and then, when it is
     * known whose they are, the arguments again.
     */
    @Override
    public List<FoundProcess> scan(CommandLineTest test) {
        ProcFiles files = new ProcFiles();
        List<FoundProcess> found = new ArrayList<>();
        forEach(pid -> {
            if (readArguments(pid, files) && test.test(files.buffer(), files.length())) {
                Optional<ProcessInfo> row = find(pid, files).filter(there -> !there.isDead());
                if (row.isPresent() && readArguments(pid, files) && test.test(files.buffer(), files.length())) {
                    found.add(new FoundProcess(row.get(), NulSeparated.split(files.buffer(), files.length())));
                }
            }
        });
        return found;
    }

    private static boolean readArguments(long pid, ProcFiles files) {
        return read(pid, "/cmdline", files);
    }

    /** Reads what another thread has, too, if the first has ended. */
    private static boolean read(long pid, String file, ProcFiles files) {
        String folder = "/proc/" + pid;
        boolean isTold = files.read(folder + file, folder);
        if (isTold && files.length() > 0) {
            return true;
        }
        Optional<String> survivor = survivor(pid, files);
        if (survivor.isPresent()) {
            return files.read(survivor.get() + file, survivor.get());
        }
        files.clear();
        return isTold;
    }

    /** Where a link of a process leads to, such as {@code exe}; empty where that is not told. */
    private static Optional<Path> link(long pid, String name) {
        return link("/proc/" + pid + name)
                .or(() -> survivor(pid, new ProcFiles()).flatMap(thread -> link(thread + name)));
    }

    private static Optional<Path> link(String path) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of(path)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>By the file itself; by its path, since it may have been replaced while the process ran on; or by what the process
     * was called as, seen from where it works, since the file may have been moved.
     */
    @Override
    public boolean runs(long pid, Path program) {
        return (executes(pid, program) && !isCalledOtherwise(commandLine(pid), program)) || calledAs(pid, program);
    }

    private static boolean executes(long pid, Path program) {
        Object wanted = fileKey(program);
        return (wanted != null && wanted.equals(key(pid, "/exe")))
                || path(pid, "/exe")
                        .filter(executed -> isPathOf(executed, program))
                        .isPresent();
    }

    /**
     * Whether a process says that it is another one of several programs in one file, such as busybox: a link to a file whose
     * name has nothing in common with its own may be one of them. Where the name of the file stands, the next word may be the
     * program's. One that is no name of the file at all was made up, and says nothing.
     */
    private static boolean isCalledOtherwise(List<String> commandLine, Path program) {
        Path real = real(program);
        if (real == null || commandLine.isEmpty()) {
            return false;
        }
        String link = name(program.toString());
        String file = name(real.toString());
        if (link.contains(file) || file.contains(link)) {
            return false;
        }
        String called = name(commandLine.get(0));
        if (called.equals(file)) {
            String next = commandLine.size() > 1 ? commandLine.get(1) : "";
            boolean isWord = !next.isEmpty() && !next.startsWith("-") && next.indexOf('/') < 0;
            return isWord && !next.equals(link);
        }
        return !called.equals(link) && (isBeside(real, called, real) || isBeside(program, called, real));
    }

    /** The file itself need not be there, but a link to another is followed. */
    private static boolean isPathOf(Path executed, Path program) {
        return executed.equals(real(program))
                || (haveOneName(executed, program) && executed.equals(canonical(program)));
    }

    /** Whether a name in the folder of a file leads to a certain file. */
    private static boolean isBeside(Path file, String name, Path real) {
        try {
            return real.equals(real(file.resolveSibling(name)));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Without folders, and the dash of a login shell. */
    private static String name(String path) {
        return path.substring(Math.max(path.startsWith("-") ? 1 : 0, path.lastIndexOf('/') + 1));
    }

    private static boolean haveOneName(Path one, Path other) {
        return one.getFileName() != null && one.getFileName().equals(other.getFileName());
    }

    private static @Nullable Path real(Path program) {
        try {
            return program.toRealPath();
        } catch (IOException e) {
            return null;
        }
    }

    /** Without links among its folders. */
    private static Path canonical(Path program) {
        Path parent = program.toAbsolutePath().getParent();
        Path folder = parent == null ? null : real(parent);
        return folder == null
                ? program.toAbsolutePath().normalize()
                : folder.resolve(String.valueOf(program.getFileName()));
    }

    /** By a path, whatever that means where the process works: a plain name was looked for somewhere else. */
    private boolean calledAs(long pid, Path program) {
        String first = commandLine(pid).stream().findFirst().orElse("");
        try {
            return first.indexOf('/') >= 0
                    && haveOneName(Path.of(first), program)
                    && workingDirectory(pid)
                            .filter(folder -> canonical(folder.resolve(first)).equals(canonical(program)))
                            .isPresent();
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** That of the file or folder which a link of a process, such as {@code exe}, stands for. */
    private static @Nullable Object key(long pid, String name) {
        Object key = fileKey(Path.of("/proc/" + pid + name));
        return key != null
                ? key
                : survivor(pid, new ProcFiles())
                        .map(thread -> fileKey(Path.of(thread + name)))
                        .orElse(null);
    }

    private static @Nullable Object fileKey(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public OptionalLong image(long pid) {
        ProcFiles files = new ProcFiles();
        String folder = "/proc/" + pid;
        if (!files.read(folder + "/stat", folder) || files.length() == 0) {
            return OptionalLong.empty();
        }
        long start = ProcStat.stackStart(files.buffer(), files.length());
        return start == 0 ? OptionalLong.empty() : OptionalLong.of(start);
    }

    private static String[] list() {
        String[] names = new File("/proc").list();
        if (names == null) {
            throw new ProcessionException("Cannot list /proc: is there a file descriptor left?");
        }
        return names;
    }

    @Override
    public List<String> commandLine(long pid) {
        return nulSeparated(pid, "/cmdline").orElse(List.of());
    }

    @Override
    public List<String> environment(long pid) {
        return nulSeparated(pid, "/environ").orElseGet(() -> secondLook.environment(pid));
    }

    private static Optional<List<String>> nulSeparated(long pid, String file) {
        ProcFiles files = new ProcFiles();
        return read(pid, file, files)
                ? Optional.of(NulSeparated.split(files.buffer(), files.length()))
                : Optional.empty();
    }

    @Override
    public List<Long> socketInodes(long pid) {
        List<Long> inodes = new ArrayList<>();
        try {
            if (!addSockets("/proc/" + pid, inodes)) {
                Optional<String> survivor = survivor(pid, new ProcFiles());
                if (survivor.isPresent()) {
                    addSockets(survivor.get(), inodes);
                }
            }
        } catch (AccessDeniedException e) {
            // Another user's. To root the list can be open and each link closed: then all of them are.
            inodes.addAll(secondLook.socketInodes(pid));
        } catch (IOException | DirectoryIteratorException e) {
            // Gone: what was read so far stands.
            return inodes;
        }
        return inodes;
    }

    /** @return whether anything at all is open */
    private static boolean addSockets(String folder, List<Long> inodes) throws IOException {
        boolean isAnyOpen = false;
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of(folder + "/fd"))) {
            for (Path link : links) {
                isAnyOpen = true;
                socketInode(link).ifPresent(inodes::add);
            }
        }
        return isAnyOpen;
    }

    @Override
    public boolean writes(long pid, Path file) {
        // A file has as many names as it has links, and others in other roots.
        Object key = fileKey(file);
        if (key == null) {
            return false;
        }
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path link : links) {
                if (key.equals(fileKey(link)) && isForWriting(pid, link.getFileName())) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Gone, or another user's.
        }
        return false;
    }

    /** The flags of open(2) are octal; the two lowest bits are its mode. */
    private static boolean isForWriting(long pid, Path descriptor) throws IOException {
        String info = Files.readString(Path.of("/proc/" + pid + "/fdinfo/" + descriptor), StandardCharsets.ISO_8859_1);
        return TableText.field(info, "flags:\t")
                .flatMap(flags -> TableText.number(flags, 8))
                .filter(flags -> (flags & 3) != 0)
                .isPresent();
    }

    private static Optional<Long> socketInode(Path link) throws AccessDeniedException {
        try {
            return socketInode(Files.readSymbolicLink(link).toString());
        } catch (AccessDeniedException e) {
            throw e;
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<Long> socketInode(String target) {
        return inode(target, "socket:[");
    }

    private static Optional<Long> inode(String target, String kind) {
        return target.startsWith(kind) && target.endsWith("]")
                ? TableText.number(target.substring(kind.length(), target.length() - 1), 10)
                : Optional.empty();
    }

    @Override
    public OptionalLong pipe(long pid, int descriptor) {
        return link(pid, "/fd/" + descriptor)
                .flatMap(target -> inode(target.toString(), "pipe:["))
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    @Override
    public Optional<String> namespaces(long pid) {
        // Kernels before 5.6 have none of time.
        return link(pid, "/ns/pid")
                .map(pids ->
                        pids + link(pid, "/ns/time").map(time -> " " + time).orElse(""));
    }

    @Override
    public Optional<String> boot() {
        ProcFiles files = new ProcFiles();
        return files.read("/proc/sys/kernel/random/boot_id", "/proc")
                ? Optional.of(new String(files.buffer(), 0, files.length(), StandardCharsets.US_ASCII).strip())
                : Optional.empty();
    }

    @Override
    public Optional<Path> workingDirectory(long pid) {
        return path(pid, "/cwd").or(() -> secondLook.workingDirectory(pid));
    }

    @Override
    public List<Path> outputs(long pid) {
        List<Path> outputs = new ArrayList<>();
        for (int descriptor : OUTPUTS) {
            path(pid, "/fd/" + descriptor)
                    .or(() -> secondLook.output(pid, descriptor))
                    .ifPresent(outputs::add);
        }
        return outputs;
    }

    static Optional<Path> pathAt(Path link) {
        return path(link(link.toString()), () -> fileKey(link));
    }

    private static Optional<Path> path(long pid, String name) {
        return path(link(pid, name), () -> key(pid, name));
    }

    /**
     * One outside of our root is given as "(unreachable)/...", and a pipe as "pipe:[...]".
     *
     * @param file gives the key of what the link stands for
     */
    private static Optional<Path> path(Optional<Path> link, Supplier<@Nullable Object> file) {
        return link.filter(Path::isAbsolute).map(path -> isMarked(path, file) ? withoutMark(path) : path);
    }

    /** Whether the kernel has put its mark behind the path of what was removed; unless that is there, and really called so. */
    private static boolean isMarked(Path path, Supplier<@Nullable Object> file) {
        if (!path.toString().endsWith(REMOVED)) {
            return false;
        }
        Object present = fileKey(path);
        return present == null || !present.equals(file.get());
    }

    /** By the URI, which holds the bytes of names that the locale cannot. That of a folder that is there ends in a slash. */
    private static Path withoutMark(Path path) {
        String uri = path.toUri().toString();
        return Path.of(URI.create(uri.substring(0, uri.lastIndexOf(REMOVED_IN_URI))));
    }

    @Override
    public OptionalLong userId(long pid) {
        return ProcStatus.of(pid).map(status -> OptionalLong.of(status.user())).orElse(OptionalLong.empty());
    }

    @Override
    public long nowTicks() {
        ProcFiles files = new ProcFiles();
        files.read("/proc/uptime", null);
        String text = new String(files.buffer(), 0, files.length(), StandardCharsets.US_ASCII);
        Matcher uptime = UPTIME.matcher(text);
        if (!uptime.lookingAt()) {
            throw new ProcessionException(
                    "Expected /proc/uptime to begin as \"12345.67\" does, but was \"" + text + "\"");
        }
        // Without the dot it is hundredths of a second, the unit and origin of field 22 of stat.
        return Long.parseLong(uptime.group(1) + uptime.group(2));
    }
}
