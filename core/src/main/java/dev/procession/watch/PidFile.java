package dev.procession.watch;

import dev.procession.os.OwnFile;
import dev.procession.process.BaseDirectory;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessSource;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.PatternSyntaxException;

/**
 * A file that holds the pid of a running program, or all such files whose name matches a glob. As a selection it means the
 * processes that have these pids, if they are still those for which the files were written.
 *
 * <p>A process that was started after the file was written, up to 20 ms, is somebody else who was given the pid later; it is
 * neither found nor signalled. Files that are missing, are no regular files, or hold something else than a pid mean nobody.
 * If the wall clock has been set since a file was written, its age is not known; where that shows, because the file is from
 * the future, nobody is found and signalled, and the log says why.
 *
 * <p>Immutable and thread safe; each call looks anew.
 */
public final class PidFile implements ProcessSelection {

    /** A pid and its line's end; some programs, as PostgreSQL, write further lines behind it. */
    private static final int LONGEST = 4096;

    private static final String GLOB_SIGNS = "*?[{\\";

    private final Path folder;
    private final String fileName;

    private PidFile(Path folder, String fileName) {
        this.folder = folder;
        this.fileName = fileName;
    }

    /**
     * By path or name, as annotations and the command line take it.
     *
     * @param pathOrName with a slash the path of the file, which may hold glob signs in its last part; without one the name
     *     of a file {@code ~/pids/NAME.pid}, as {@link PidFiles#inUserHome()} has it
     * @throws InvalidSpecException if it is empty or no path
     */
    public static PidFile of(String pathOrName) {
        if (pathOrName.isBlank()) {
            throw new InvalidSpecException(
                    "pidFile", "is empty", "give the path of the file, or NAME for ~/pids/NAME.pid");
        }
        return pathOrName.indexOf('/') < 0 ? PidFiles.inUserHome().file(pathOrName) : at(path(pathOrName));
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    "pidFile", "is \"" + text + "\", which is no path: " + e.getReason(), "give the path of the file");
        }
    }

    /**
     * By path.
     *
     * @param path its last part may hold glob signs
     * @throws InvalidSpecException if it names no file, or its glob cannot be read
     */
    public static PidFile at(Path path) {
        Path name = path.getFileName();
        if (name == null || name.toString().isEmpty()) {
            throw new InvalidSpecException("pidFile", "is \"" + path + "\", which names no file", "name one");
        }
        Path folder = Objects.requireNonNull(
                (path.isAbsolute() ? path : BaseDirectory.ofJvm().resolve(path)).getParent());
        return in(folder, name.toString());
    }

    static PidFile in(Path folder, String fileName) {
        PidFile file = new PidFile(folder, fileName);
        file.matcher();
        return file;
    }

    static boolean isGlob(String name) {
        return name.chars().anyMatch(c -> GLOB_SIGNS.indexOf(c) >= 0);
    }

    private PathMatcher matcher() {
        try {
            return folder.getFileSystem().getPathMatcher("glob:" + fileName);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpecException(
                    "pidFile",
                    "is \"" + fileName + "\", which is no glob: " + e.getDescription(),
                    "put a backslash before each sign that is meant as it is");
        }
    }

    /** The files that are there now, in the order of their names. */
    public List<Path> files() {
        if (!isGlob(fileName)) {
            Path file = folder.resolve(fileName);
            return Files.isRegularFile(file) ? List.of(file) : List.of();
        }
        PathMatcher matcher = matcher();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                Path name = file.getFileName();
                boolean hidden = name.toString().startsWith(".") && !fileName.startsWith(".");
                if (!hidden && matcher.matches(name) && Files.isRegularFile(file)) {
                    files.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // No folder, no files.
            return files;
        }
        files.sort(null);
        return files;
    }

    /**
     * The pid that the file holds, whoever has it now.
     *
     * @return empty if there is no such file or it holds no pid; of several files the first that does
     */
    public OptionalLong pid() {
        return files().stream()
                .map(PidFile::read)
                .filter(OptionalLong::isPresent)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    /** Blanks and further lines are passed over; what is no number above 0 is none. */
    static OptionalLong read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
            String first = text.strip().lines().findFirst().orElse("").strip();
            if (!first.matches("[0-9]{1,18}")) {
                return OptionalLong.empty();
            }
            long pid = Long.parseLong(first);
            return pid > 0 ? OptionalLong.of(pid) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Writes the pid of this JVM.
     *
     * @return the file
     * @throws InvalidSpecException if this is a glob
     * @throws ProcessionException if the file cannot be written
     */
    public Path write() {
        return write(ProcessHandle.current().pid());
    }

    /**
     * Writes a pid: in decimal, without a line's end, readable for whom the umask lets. The folder is made. Whoever reads
     * the file meanwhile finds the old content or the new one, never a part.
     *
     * @return the file
     * @throws InvalidSpecException for a pid of 0 or less, and if this is a glob
     * @throws ProcessionException if the file cannot be written
     */
    public Path write(long pid) {
        if (pid <= 0) {
            throw new InvalidSpecException("pid", "is " + pid, "a pid is a number above 0");
        }
        if (isGlob(fileName)) {
            throw new InvalidSpecException(
                    "pidFile", "is \"" + fileName + "\", a glob, and cannot be written", "name one file");
        }
        Path file = folder.resolve(fileName);
        Path unfinished = folder.resolve("." + fileName + "."
                + ProcessHandle.current().pid() + "-" + Thread.currentThread().getId() + ".new");
        try {
            Files.createDirectories(folder);
            OwnFile.replace(file, unfinished, Long.toString(pid).getBytes(StandardCharsets.US_ASCII));
            return file;
        } catch (IOException e) {
            throw new ProcessionException("Cannot write the pidfile " + file + ": " + e, e);
        }
    }

    /**
     * Removes the files.
     *
     * @return how many; what is not there or cannot be removed does not count
     */
    public int remove() {
        int removed = 0;
        for (Path file : files()) {
            try {
                if (Files.deleteIfExists(file)) {
                    removed++;
                }
            } catch (IOException e) {
                // It does not count.
            }
        }
        return removed;
    }

    /**
     * Sends TERM to those whose pids the files hold, and waits for nobody.
     *
     * @return to how many it was sent
     */
    public int kill(KillOption... options) {
        List<KillOption> wanted = Arrays.asList(options);
        int sent = kill(wanted.contains(KillOption.FORCE) ? Signal.KILL : Signal.TERM);
        if (wanted.contains(KillOption.REMOVE_FILE)) {
            remove();
        }
        return sent;
    }

    @Override
    public int kill() {
        return kill(Signal.TERM);
    }

    @Override
    public int kill(Signal signal) {
        int sent = ProcessSelection.super.kill(signal);
        warnOfDoubts();
        return sent;
    }

    @Override
    public List<FoundProcess> find() {
        return findIn(ProcessSource.ofMachine());
    }

    List<FoundProcess> findIn(ProcessSource source) {
        return holders(source).stream()
                .filter(holder -> !holder.written().isAhead(source)
                        && holder.written().isAfterStartOf(holder.process().id(), source))
                .map(Holder::process)
                .distinct()
                .sorted(NEWEST_FIRST)
                .toList();
    }

    /**
     * Those whose pids the files hold, but of whom nobody can tell whether they have been given them since: the files are
     * from the future, as the clock is set now. They are not among those that {@link #find} gives.
     *
     * @return for each the reason, a sentence without its end
     */
    public Map<FoundProcess, String> doubtful() {
        ProcessSource source = ProcessSource.ofMachine();
        Map<FoundProcess, String> doubtful = new LinkedHashMap<>();
        for (Holder holder : holders(source)) {
            if (holder.written().isAhead(source)) {
                doubtful.put(
                        holder.process(),
                        "the pidfile " + holder.file() + " was last written at " + holder.written()
                                + ", which is yet to come by this machine's clock, so nobody can tell whether its pid has"
                                + " been given to somebody else since; if it is the one that is meant, run 'touch "
                                + holder.file() + "'");
            }
        }
        return doubtful;
    }

    /** Whoever may be meant, for those who must not take him for dead. */
    List<FoundProcess> findOrDoubt() {
        List<FoundProcess> all = new ArrayList<>(find());
        doubtful().keySet().stream().filter(process -> !all.contains(process)).forEach(all::add);
        return all;
    }

    void warnOfDoubts() {
        Logger log = System.getLogger("dev.procession");
        doubtful().forEach((process, reason) -> log.log(Level.WARNING, process + " is passed over: " + reason));
    }

    /** Who has the pid that a file holds, and since when it holds it. */
    private record Holder(Path file, FoundProcess process, FileAge written) {}

    private List<Holder> holders(ProcessSource source) {
        List<Holder> holders = new ArrayList<>();
        for (Path file : files()) {
            // The time first: whoever writes meanwhile is found at the next look.
            Optional<FileAge> written = FileAge.of(file);
            OptionalLong pid = read(file);
            if (written.isPresent() && pid.isPresent()) {
                source.look(pid.getAsLong())
                        .ifPresent(process -> holders.add(new Holder(file, process, written.get())));
            }
        }
        return holders;
    }

    /** The path, as seen from the directory the JVM was started in if it lies below. */
    @Override
    public String toString() {
        Path file = folder.resolve(fileName);
        Path base = Path.of("").toAbsolutePath();
        return "the pidfile " + (file.startsWith(base) ? base.relativize(file) : file);
    }
}
