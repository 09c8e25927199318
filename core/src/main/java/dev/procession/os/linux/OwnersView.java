package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.process.NulSeparated;
import dev.procession.process.ProcessionException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks into another user's process with that user's ids. A root without SYS_PTRACE, as in a container, may not look; but
 * the kernel asks for the ids that count for files, and those root may change, for one thread alone.
 *
 * <p>Thread safe, virtual threads included: under the other ids nothing is done but calls of libc whose arguments were
 * made before. Nothing may wait, load a class or start a thread there: it would do so as somebody else.
 */
final class OwnersView implements SecondLook {

    private static final int PR_GET_DUMPABLE = 3;
    private static final int PR_SET_DUMPABLE = 4;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;
    private static final int SYS_PTRACE = 19;

    /** Is no user; changes nothing, and gives what is set. */
    private static final int NOBODY_AT_ALL = -1;

    private static final int ANOTHER_USER = 65534;

    private static final int ENTRIES = 8 * 1024;
    private static final int SMALLEST_ENTRY = 24;
    private static final int ENTRY_LENGTH_AT = 16;
    private static final int ENTRY_NAME_AT = 19;

    /** Room for {@code socket:[...]}; what is longer is no socket. */
    private static final int TARGET = 64;

    private final ProcStatus self;
    private final boolean dumpable;

    /** Does once all that it does later, first as ourselves, so that no class is left to be loaded as somebody else. */
    private OwnersView(ProcStatus self) {
        this.self = self;
        dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
        for (ProcStatus ids : List.of(self, new ProcStatus(ANOTHER_USER, ANOTHER_USER, 0))) {
            if (as(ids, () -> setfsuid(NOBODY_AT_ALL)) != ids.user()
                    || as(ids, () -> setfsgid(NOBODY_AT_ALL)) != ids.group()) {
                throw new ProcessionException("setfsuid or setfsgid is not permitted here");
            }
            long pid = ProcessHandle.current().pid();
            environment(pid, ids);
            socketInodes(pid, ids);
            workingDirectory(pid, ids);
        }
    }

    /** None where the first look is as good, or where the ids cannot be changed. */
    static SecondLook orNone() {
        ProcStatus self = ProcStatus.of(ProcessHandle.current().pid()).orElse(null);
        if (self == null || self.user() != 0 || (self.capabilities() >> SYS_PTRACE & 1) == 1) {
            return NONE;
        }
        try {
            return new OwnersView(self);
        } catch (LinkageError | RuntimeException e) {
            return NONE;
        }
    }

    private static int setfsuid(int uid) {
        return Libc.callInt("setfsuid", uid);
    }

    private static int setfsgid(int gid) {
        return Libc.callInt("setfsgid", gid);
    }

    private static int prctl(int option, long a, long b, long c, long d) {
        return Libc.callInt("prctl", option, a, b, c, d);
    }

    private static int open(long path, int flags, int mode) {
        return Libc.callInt("open", path, flags, mode);
    }

    private static long getdents64(int fd, long entries, long size) {
        return Libc.callLong("getdents64", fd, entries, size);
    }

    private static long readlinkat(int fd, long path, long target, long size) {
        return Libc.callLong("readlinkat", fd, path, target, size);
    }

    @Override
    public List<String> environment(long pid) {
        ProcStatus owner = another(pid);
        return owner == null ? List.of() : environment(pid, owner);
    }

    @Override
    public List<Long> socketInodes(long pid) {
        ProcStatus owner = another(pid);
        return owner == null ? List.of() : socketInodes(pid, owner);
    }

    @Override
    public Optional<Path> workingDirectory(long pid) {
        ProcStatus owner = another(pid);
        return owner == null ? Optional.empty() : workingDirectory(pid, owner);
    }

    @Override
    public Optional<Path> output(long pid, int descriptor) {
        ProcStatus owner = another(pid);
        return owner == null ? Optional.empty() : path("/proc/" + pid + "/fd/" + descriptor, owner);
    }

    /** Whose ids may help; null if they are ours, or if the process has gone. */
    private @Nullable ProcStatus another(long pid) {
        return ProcStatus.of(pid)
                .filter(owner -> owner.user() != self.user() || owner.group() != self.group())
                .orElse(null);
    }

    private List<String> environment(long pid, ProcStatus owner) {
        int fd = open("/proc/" + pid + "/environ", 0, owner);
        if (fd < 0) {
            return List.of();
        }
        // Who may look was decided by the open.
        try (Memory chunk = new Memory(ENTRIES)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            long length;
            while ((length = Libc.read(fd, Pointer.nativeValue(chunk), chunk.size())) > 0) {
                all.writeBytes(chunk.getByteArray(0, (int) length));
            }
            return NulSeparated.split(all.toByteArray(), all.size());
        } finally {
            Libc.close(fd);
        }
    }

    private Optional<Path> workingDirectory(long pid, ProcStatus owner) {
        return path("/proc/" + pid + "/cwd", owner);
    }

    /** Where a link leads that stands for what a process has open. */
    private Optional<Path> path(String link, ProcStatus owner) {
        int fd = open(link, O_PATH, owner);
        if (fd < 0) {
            return Optional.empty();
        }
        try {
            // Our own descriptor for it has the same name, and the JDK knows how to read that.
            return ProcfsTable.pathAt(Path.of("/proc/self/fd/" + fd));
        } finally {
            Libc.close(fd);
        }
    }

    private List<Long> socketInodes(long pid, ProcStatus owner) {
        int fd = open("/proc/" + pid + "/fd", 0, owner);
        if (fd < 0) {
            return List.of();
        }
        List<Long> inodes = new ArrayList<>();
        try (Memory entries = new Memory(ENTRIES);
                Memory targets = new Memory((long) ENTRIES / SMALLEST_ENTRY * TARGET)) {
            long length;
            while ((length = getdents64(fd, Pointer.nativeValue(entries), entries.size())) > 0) {
                long[] names = names(entries, length);
                long[] lengths = readLinks(fd, names, Pointer.nativeValue(targets), owner);
                for (int i = 0; i < names.length; i++) {
                    if (lengths[i] > 0) {
                        byte[] target = targets.getByteArray((long) i * TARGET, (int) lengths[i]);
                        ProcfsTable.socketInode(new String(target, StandardCharsets.ISO_8859_1))
                                .ifPresent(inodes::add);
                    }
                }
            }
        } finally {
            Libc.close(fd);
        }
        return inodes;
    }

    /** Where the names of the entries are. */
    private static long[] names(Memory entries, long length) {
        List<Long> names = new ArrayList<>();
        for (long at = 0; at < length; at += entries.getShort(at + ENTRY_LENGTH_AT)) {
            names.add(Pointer.nativeValue(entries) + at + ENTRY_NAME_AT);
        }
        return names.stream().mapToLong(Long::longValue).toArray();
    }

    private long[] readLinks(int fd, long[] names, long targets, ProcStatus owner) {
        long[] lengths = new long[names.length];
        as(owner, () -> {
            for (int i = 0; i < names.length; i++) {
                lengths[i] = readlinkat(fd, names[i], targets + (long) i * TARGET, TARGET);
            }
            return 0;
        });
        return lengths;
    }

    /**
     * @return -1 if the process has gone, or hides this from its own user too
     * @throws ProcessionException if no descriptor is left
     */
    private int open(String path, int flags, ProcStatus owner) {
        byte[] text = Libc.cString(path);
        try (Memory name = new Memory(text.length)) {
            name.write(0, text, 0, text.length);
            long address = Pointer.nativeValue(name);
            int fd = as(owner, () -> {
                int opened = open(address, flags | O_CLOEXEC, 0);
                return opened < 0 ? -Native.getLastError() : opened;
            });
            if (fd == -Libc.EMFILE || fd == -Libc.ENFILE) {
                throw new ProcessionException("Cannot open " + path + ": " + Libc.describe(-fd));
            }
            return Math.max(fd, -1);
        }
    }

    /** Does something that calls libc alone as somebody else. */
    int as(ProcStatus ids, IntSupplier calls) {
        int group = setfsgid(NOBODY_AT_ALL);
        int user = setfsuid(NOBODY_AT_ALL);
        try {
            setfsgid((int) ids.group());
            setfsuid((int) ids.user());
            return calls.getAsInt();
        } finally {
            setfsuid(user);
            setfsgid(group);
            // Any change closes the whole JVM to others without SYS_PTRACE: to jcmd, to outer runs that seek our mark.
            if (dumpable) {
                prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
            }
        }
    }
}
