package dev.procession.os.linux;

import dev.procession.os.ProcessTable;
import dev.procession.process.CommandLineTest;
import dev.procession.process.FoundProcess;
import dev.procession.process.NulSeparated;
import dev.procession.process.ProcStat;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The process table of Linux, read from {@code /proc} without native code, which only a second look may need. */
public final class ProcfsTable implements ProcessTable {

    /** Who starts a successor and ends between the list and the look is missed; so the list is read until it is known. */
    private static final int MOST_LISTINGS = 10;

    private static final String REMOVED = "%20(deleted)";

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
        String folder = "/proc/" + pid;
        return files.read(folder + "/stat", folder) && files.length() > 0
                ? Optional.of(ProcStat.parse(files.buffer(), files.length()))
                : Optional.empty();
    }

    @Override
    public List<ProcessInfo> scan() {
        ProcFiles files = new ProcFiles();
        List<ProcessInfo> rows = new ArrayList<>();
        forEach(name -> find(Long.parseLong(name), files).ifPresent(rows::add));
        return rows;
    }

    /** Does something with the name of each process's folder, once; also with those that are started meanwhile. */
    private static void forEach(Consumer<String> look) {
        Set<String> seen = new HashSet<>();
        boolean anybodyNew = true;
        for (int listings = 0; anybodyNew && listings < MOST_LISTINGS; listings++) {
            anybodyNew = false;
            for (String name : list()) {
                if (name.charAt(0) >= '1' && name.charAt(0) <= '9' && seen.add(name)) {
                    anybodyNew = true;
                    look.accept(name);
                }
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>One file is read of those that do not pass. Of the others, the row is: and then, when it is known whose they are,
     * the arguments again.
     */
    @Override
    public List<FoundProcess> scan(CommandLineTest test) {
        ProcFiles files = new ProcFiles();
        List<FoundProcess> found = new ArrayList<>();
        forEach(name -> {
            String folder = "/proc/" + name;
            String line = folder + "/cmdline";
            if (files.read(line, folder) && test.test(files.buffer(), files.length())) {
                Optional<ProcessInfo> row = find(Long.parseLong(name), files).filter(there -> !there.isDead());
                if (row.isPresent() && files.read(line, folder) && test.test(files.buffer(), files.length())) {
                    found.add(new FoundProcess(row.get(), NulSeparated.split(files.buffer(), files.length())));
                }
            }
        });
        return found;
    }

    @Override
    public boolean runs(long pid, Path program) {
        Object wanted = fileKey(program);
        return wanted != null && wanted.equals(fileKey(Path.of("/proc/" + pid + "/exe")));
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
        String folder = "/proc/" + pid;
        return files.read(folder + file, folder)
                ? Optional.of(NulSeparated.split(files.buffer(), files.length()))
                : Optional.empty();
    }

    @Override
    public List<Long> socketInodes(long pid) {
        List<Long> inodes = new ArrayList<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path link : links) {
                socketInode(link).ifPresent(inodes::add);
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
        return target.startsWith("socket:[")
                ? Optional.of(Long.parseLong(target.substring("socket:[".length(), target.length() - 1)))
                : Optional.empty();
    }

    @Override
    public Optional<Path> workingDirectory(long pid) {
        return folderAt(Path.of("/proc/" + pid + "/cwd")).or(() -> secondLook.workingDirectory(pid));
    }

    static Optional<Path> folderAt(Path link) {
        try {
            Path folder = Files.readSymbolicLink(link);
            // One outside of our root is given as "(unreachable)/...".
            return folder.isAbsolute() ? Optional.of(withoutMark(folder)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Takes off what the kernel puts behind the path of a removed folder. The URI of a folder that is there, and is really
     * called so, ends in a slash; and it holds the bytes of names that the locale cannot.
     */
    private static Path withoutMark(Path folder) {
        String uri = folder.toUri().toString();
        return uri.endsWith(REMOVED) ? Path.of(URI.create(uri.substring(0, uri.length() - REMOVED.length()))) : folder;
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
        // "12345.67 ..." without the dot is hundredths of a second, the unit and origin of field 22 of stat.
        int dot = text.indexOf('.');
        return Long.parseLong(text.substring(0, dot)) * 100 + Long.parseLong(text.substring(dot + 1, dot + 3));
    }
}
