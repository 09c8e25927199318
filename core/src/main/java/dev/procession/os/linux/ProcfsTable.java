package dev.procession.os.linux;

import dev.procession.os.ProcessTable;
import dev.procession.process.NulSeparated;
import dev.procession.process.ProcStat;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The process table of Linux, read from {@code /proc} without native code. */
public final class ProcfsTable implements ProcessTable {

    /** Who starts a successor and ends between the list and the look is missed; so the list is read until it is known. */
    private static final int MOST_LISTINGS = 10;

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
        Set<String> seen = new HashSet<>();
        List<ProcessInfo> rows = new ArrayList<>();
        boolean anybodyNew = true;
        for (int listings = 0; anybodyNew && listings < MOST_LISTINGS; listings++) {
            anybodyNew = false;
            for (String name : list()) {
                if (name.charAt(0) >= '1' && name.charAt(0) <= '9' && seen.add(name)) {
                    anybodyNew = true;
                    find(Long.parseLong(name), files).ifPresent(rows::add);
                }
            }
        }
        return rows;
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
        return nulSeparated(pid, "/cmdline");
    }

    @Override
    public List<String> environment(long pid) {
        return nulSeparated(pid, "/environ");
    }

    private static List<String> nulSeparated(long pid, String file) {
        ProcFiles files = new ProcFiles();
        String folder = "/proc/" + pid;
        return files.read(folder + file, folder) ? NulSeparated.split(files.buffer(), files.length()) : List.of();
    }

    @Override
    public List<Long> socketInodes(long pid) {
        List<Long> inodes = new ArrayList<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path link : links) {
                socketInode(link).ifPresent(inodes::add);
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            // Gone, or another user's: what was read so far stands.
            return inodes;
        }
        return inodes;
    }

    private static Optional<Long> socketInode(Path link) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("socket:[")
                    ? Optional.of(Long.parseLong(target.substring("socket:[".length(), target.length() - 1)))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public OptionalLong userId(long pid) {
        ProcFiles files = new ProcFiles();
        String folder = "/proc/" + pid;
        if (!files.read(folder + "/status", folder)) {
            return OptionalLong.empty();
        }
        // The name, a line above, may hold anything but a line's end: the kernel escapes that.
        return new String(files.buffer(), 0, files.length(), StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.startsWith("Uid:\t"))
                .mapToLong(line -> Long.parseLong(line.split("\t")[2]))
                .findFirst();
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
