package dev.procession.launch;

import dev.procession.os.OwnFile;
import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * The folder of one process: {@code stdout.log}, {@code stderr.log} and {@code work}, fresh for its first run. Later runs find
 * what the earlier ones have left.
 *
 * <p>Only a folder that holds our marker is ever emptied; the marker is written only into a folder that was empty.
 */
public final class RunFolder {

    /** The file that says a folder is ours to empty. */
    static final String MARKER = ".procession";

    private static final Logger LOG = System.getLogger("dev.procession");

    private static final String TEXT = "Procession empties this folder at every start.\n";
    private static final int LONGEST_MARKER = 4096;

    /** Who in this JVM uses which folder: of two that begin at the same time, the marker would stop neither. */
    private static final Map<Path, String> CLAIMS = new ConcurrentHashMap<>();

    private final Path root;
    private final FolderUser user;

    private final boolean merged;
    private final boolean guarded;

    private final AtomicBoolean released = new AtomicBoolean();

    /** The files that were written for the process, after the folders made for them. */
    private final List<Path> rendered = new CopyOnWriteArrayList<>();

    private volatile FileMaker maker = FileMaker.BY_PATH;

    /** Whether they stand in the user's own folder, and go when this is released. */
    private volatile boolean renderedOutside;

    private RunFolder(Path root, FolderUser user, boolean merged, boolean guarded) {
        this.root = root;
        this.user = user;
        this.merged = merged;
        this.guarded = guarded;
    }

    /**
     * Makes a fresh folder, and claims it.
     *
     * @param root an absolute path
     * @param claim says who in this JVM uses it, in letters without blanks
     * @throws ProcessionException if it holds somebody else's files, is used by another JVM or under another claim, or
     *     cannot be made
     */
    public static RunFolder fresh(Path root, ProcessTable processes, String claim) {
        return fresh(root, processes, claim, false, false);
    }

    /**
     * @param merged whether standard error goes into standard output's file
     * @param guarded whether the process is another user's: the folder itself is root's then, that he cannot change what
     *     root works with there
     */
    static RunFolder fresh(Path root, ProcessTable processes, String claim, boolean merged, boolean guarded) {
        String holder = CLAIMS.putIfAbsent(root, claim);
        if (holder != null && !holder.equals(claim)) {
            throw inUse(root, holder);
        }
        RunFolder folder = null;
        try {
            folder = made(root, processes, claim, merged, guarded);
            return folder;
        } finally {
            if (folder == null) {
                CLAIMS.remove(root, claim);
            }
        }
    }

    private static RunFolder made(Path root, ProcessTable processes, String claim, boolean merged, boolean guarded) {
        RunFolder folder = new RunFolder(root, FolderUser.here(processes, claim), merged, guarded);
        try {
            Files.createDirectories(root);
            requireUnused(root, processes, claim);
            boolean ours = Files.isRegularFile(root.resolve(MARKER), LinkOption.NOFOLLOW_LINKS);
            if (!ours && !isEmpty(root)) {
                throw new ProcessionException(
                        "The folder " + root + " holds files that are not Procession's and will not"
                                + " be emptied: move them away, or choose another folder or name.");
            }
            folder.guard();
            if (ours) {
                // A link in its place would itself be taken for a file that is to go.
                empty(root, root.toRealPath());
            }
            folder.mark();
            Files.createDirectory(folder.work());
            for (Path log : folder.logs()) {
                Files.write(log, new byte[0], StandardOpenOption.CREATE_NEW);
            }
            return folder;
        } catch (FileAlreadyExistsException e) {
            throw new ProcessionException(
                    "Cannot make the folder " + root + ": " + e.getFile() + " is there and is no folder", e);
        } catch (IOException e) {
            throw new ProcessionException("Cannot make the folder " + root + " fresh: " + e, e);
        }
    }

    private void guard() throws IOException {
        if (guarded) {
            Emptying.takeBack(root);
        }
    }

    private void mark() throws IOException {
        Files.writeString(
                root.resolve(MARKER), TEXT + user.text(), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    /**
     * Prepares it for a further run: everything stays as it is. Only what somebody has removed, as {@code mvn clean} does, is
     * made again.
     *
     * @param files as for {@link #render}
     * @return what was made
     */
    List<Path> again(Map<Path, String> files, boolean ours) throws IOException {
        List<Path> made = new ArrayList<>();
        if (!Files.isDirectory(root)) {
            Files.createDirectories(root);
            guard();
            mark();
        }
        if (!Files.exists(work(), LinkOption.NOFOLLOW_LINKS)) {
            made.add(Files.createDirectory(work()));
            if (ours) {
                rendered.clear();
                render(files, true);
                made.addAll(rendered);
            }
        }
        for (Path log : logs()) {
            if (!Files.exists(log, LinkOption.NOFOLLOW_LINKS)) {
                made.add(Files.createFile(log));
            }
        }
        return made;
    }

    /** Writes the text that the process is fed; never through what may have been put in its place. */
    Path feed(byte[] text) throws IOException {
        Files.deleteIfExists(stdin());
        return Files.write(stdin(), text, StandardOpenOption.CREATE_NEW);
    }

    /** The folder is no longer in use by this JVM. What it holds stays, until the next start. */
    void release() {
        if (released.getAndSet(true)) {
            // The marker may be the next one's by now.
            return;
        }
        if (renderedOutside) {
            List<Path> latestFirst = new ArrayList<>(rendered);
            Collections.reverse(latestFirst);
            latestFirst.forEach(this::remove);
        }
        rendered.clear();
        try {
            Path marker = root.resolve(MARKER);
            if (Files.exists(marker, LinkOption.NOFOLLOW_LINKS)) {
                OwnFile.replace(marker, TEXT.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // Somebody has removed it, as 'mvn clean' does: then nobody uses it either.
        }
        CLAIMS.remove(root, user.claim());
    }

    private static ProcessionException inUse(Path root, String holder) {
        return new ProcessionException("The folder " + root + " is in use by " + holder
                + " of this JVM: give one of them another folder or another name.");
    }

    private void remove(Path rendered) {
        try {
            maker.remove(rendered);
        } catch (DirectoryNotEmptyException e) {
            // A folder that was made for a rendered file, and in which the program has made files of its own.
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The rendered file " + rendered + " stays where it is: " + e);
        }
    }

    /** Two builds in one checkout, or one beside an IDE, would empty each other's folders under running processes. */
    private static void requireUnused(Path root, ProcessTable processes, String claim) throws IOException {
        Optional<FolderUser> user = user(root);
        if (user.isEmpty() || !user.get().isThere(processes)) {
            return;
        }
        if (user.get().isElsewhere(processes)) {
            throw new ProcessionException("The folder " + root + " is in use by another container, whose pid "
                    + user.get().id().pid()
                    + " cannot be seen from here: wait until that has ended, or run it from another"
                    + " checkout; if it was killed, remove the folder.");
        }
        ProcessId id = user.get().id();
        if (!id.equals(processes.self())) {
            throw new ProcessionException("The folder " + root + " is in use by another JVM, pid " + id.pid() + " ("
                    + CommandText.of(processes.commandLine(id.pid()))
                    + "): wait until that has ended, or run it from another checkout.");
        }
        if (!user.get().claim().equals(claim)) {
            throw inUse(root, user.get().claim());
        }
    }

    /** Whether the marker of a folder names a JVM that lives, this one included. */
    static boolean isInUse(Path root, ProcessTable processes) {
        try {
            return user(root).filter(user -> user.isThere(processes)).isPresent();
        } catch (IOException e) {
            // Whoever begins to use the folder will say why it cannot be read.
            return false;
        }
    }

    private static Optional<FolderUser> user(Path root) throws IOException {
        Path marker = root.resolve(MARKER);
        return Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)
                ? FolderUser.in(OwnFile.tail(marker, LONGEST_MARKER))
                : Optional.empty();
    }

    /** The fresh working directory. */
    public Path work() {
        return root.resolve("work");
    }

    public Path stdout() {
        return root.resolve("stdout.log");
    }

    /** The file of standard error: standard output's if both are merged. */
    public Path stderr() {
        return merged ? stdout() : root.resolve("stderr.log");
    }

    /** The logs: two, or the one that holds both streams. */
    List<Path> logs() {
        return merged ? List.of(stdout()) : List.of(stdout(), stderr());
    }

    /** The text the process is fed. */
    Path stdin() {
        return root.resolve("stdin");
    }

    /** What the command of a readiness condition writes. */
    Path probeLog() {
        return root.resolve("ready-command.log");
    }

    /** A file of its own for what another program writes that is run beside the process. */
    Path scratch(String suffix) throws IOException {
        return Files.createTempFile(root, "exec-", suffix);
    }

    /**
     * Makes the file of what the command of a readiness condition writes.
     *
     * @return whether it was not there
     */
    boolean makeProbeLog() throws IOException {
        boolean missing = !Files.exists(probeLog(), LinkOption.NOFOLLOW_LINKS);
        OwnFile.begin(probeLog());
        return missing;
    }

    /** What the process may write to, each folder before what is in it; the folder itself is not among it. */
    List<Path> contents() {
        List<Path> contents = new ArrayList<>(List.of(work()));
        contents.addAll(logs());
        Stream.of(stdin(), probeLog()).filter(Files::exists).forEach(contents::add);
        if (!renderedOutside) {
            contents.addAll(rendered);
        }
        return contents;
    }

    /** Writes files for the process, with no other user about. */
    void render(Map<Path, String> files, boolean ours) throws IOException {
        render(files, ours, FileMaker.BY_PATH);
    }

    /**
     * Writes files for the process.
     *
     * @param files their texts by absolute path
     * @param ours whether they go into our own fresh folder; in the user's own, nothing that is there is written over
     * @param inOthers what works in a folder that is not ours
     */
    void render(Map<Path, String> files, boolean ours, FileMaker inOthers) throws IOException {
        renderedOutside = !ours;
        maker = ours ? FileMaker.BY_PATH : inOthers;
        for (Map.Entry<Path, String> file : files.entrySet()) {
            makeFolder(file.getKey().getParent());
            try {
                maker.write(file.getKey(), file.getValue().getBytes(StandardCharsets.UTF_8));
            } catch (FileAlreadyExistsException e) {
                throw new ProcessionException(
                        "The file " + file.getKey() + " is there already, and Procession does not write over it: remove"
                                + " it if a killed run has left it, or give the template another 'to'.",
                        e);
            }
            rendered.add(file.getKey());
        }
    }

    /** With those above it that are missing. */
    private void makeFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            makeFolder(folder.getParent());
            if (maker.makeFolder(folder)) {
                rendered.add(folder);
            }
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    /** Removes what is inside, but nothing out of it. The marker goes last: an interrupted run stays ours. */
    private static void empty(Path root, Path real) throws IOException {
        Optional<String> mounted = MountPoints.below(real);
        if (mounted.isPresent()) {
            throw new ProcessionException(
                    "The folder " + root + " will not be emptied, because something is mounted at "
                            + mounted.get() + ", and that is not Procession's: run 'umount \"" + mounted.get()
                            + "\"', or choose another folder or name.");
        }
        Emptying.empty(real, Path.of(MARKER));
        Files.delete(real.resolve(MARKER));
    }
}
