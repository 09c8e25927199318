package dev.procession.os.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.procession.os.ArgumentSpace;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.OwnEnvironment;
import dev.procession.os.ProcessTable;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts programs by {@code posix_spawn}: in a session of their own from the first instruction, with no signal blocked or
 * ignored, and with no descriptor of the JVM but the three that are meant.
 */
public final class LinuxSpawner implements Spawner {

    private static final short SETSIGDEF = 0x04;
    private static final short SETSIGMASK = 0x08;
    private static final short SETSID = 0x80;

    private static final int ETXTBSY = 26;

    /**
     * How long a program may be open for writing. One that was written a moment ago is, for as long as a child that
     * another thread was just starting holds its copy of the writer's descriptor: Java's files are not close-on-exec.
     */
    private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long BUSY_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final int SEEK_CUR = 1;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;

    /** glibc needs 336 bytes for attributes and 80 for file actions on 64-bit machines; this leaves room. */
    private static final int OPAQUE = 512;

    private static final int SIGSET = 128;

    private final EpollLoop loop;
    private final ProcessTable table;
    private final OwnEnvironment environment = new LibcEnvironment();

    /**
     * Never written to after construction, so every spawn can share it. Not native memory: for as long as there is any, JNA
     * keeps a thread, and that the class loader.
     */
    private final byte[] attributes;

    LinuxSpawner(EpollLoop loop, ProcessTable table) {
        this.loop = loop;
        this.table = table;
        try (Memory filled = new Memory(OPAQUE);
                Memory none = new Memory(SIGSET);
                Memory all = new Memory(SIGSET)) {
            long attr = Pointer.nativeValue(filled);
            filled.clear();
            none.clear();
            all.clear();
            sigfillset(Pointer.nativeValue(all));
            check("posix_spawnattr_init", posix_spawnattr_init(attr));
            check("posix_spawnattr_setsigmask", posix_spawnattr_setsigmask(attr, Pointer.nativeValue(none)));
            check("posix_spawnattr_setsigdefault", posix_spawnattr_setsigdefault(attr, Pointer.nativeValue(all)));
            check("posix_spawnattr_setflags", posix_spawnattr_setflags(attr, (short)
                    (SETSID | SETSIGDEF | SETSIGMASK)));
            attributes = filled.getByteArray(0, OPAQUE);
        }
        tryOnce();
    }

    private static int posix_spawn(int[] pid, byte[] path, long fileActions, byte[] attributes, long argv, long envp) {
        return Libc.callInt("posix_spawn", pid, path, fileActions, attributes, argv, envp);
    }

    private static int posix_spawnattr_init(long attributes) {
        return Libc.callInt("posix_spawnattr_init", attributes);
    }

    private static int posix_spawnattr_setflags(long attributes, short flags) {
        return Libc.callInt("posix_spawnattr_setflags", attributes, flags);
    }

    private static int posix_spawnattr_setsigmask(long attributes, long set) {
        return Libc.callInt("posix_spawnattr_setsigmask", attributes, set);
    }

    private static int posix_spawnattr_setsigdefault(long attributes, long set) {
        return Libc.callInt("posix_spawnattr_setsigdefault", attributes, set);
    }

    private static int posix_spawn_file_actions_init(long actions) {
        return Libc.callInt("posix_spawn_file_actions_init", actions);
    }

    private static int posix_spawn_file_actions_destroy(long actions) {
        return Libc.callInt("posix_spawn_file_actions_destroy", actions);
    }

    private static int posix_spawn_file_actions_adddup2(long actions, int fd, int newFd) {
        return Libc.callInt("posix_spawn_file_actions_adddup2", actions, fd, newFd);
    }

    private static int posix_spawn_file_actions_addchdir_np(long actions, byte[] path) {
        return Libc.callInt("posix_spawn_file_actions_addchdir_np", actions, path);
    }

    private static int posix_spawn_file_actions_addclosefrom_np(long actions, int from) {
        return Libc.callInt("posix_spawn_file_actions_addclosefrom_np", actions, from);
    }

    private static int sigfillset(long set) {
        return Libc.callInt("sigfillset", set);
    }

    private static int open(byte[] path, int flags, int mode) {
        return Libc.callInt("open", path, flags, mode);
    }

    private static long lseek(int fd, long offset, int whence) {
        return Libc.callLong("lseek", fd, offset, whence);
    }

    private static int pipe2(int[] ends, int flags) {
        return Libc.callInt("pipe2", ends, flags);
    }

    private static int fcntl(int fd, int command, int argument) {
        return Libc.callInt("fcntl", fd, command, argument);
    }

    /** Everything up to the exec, of a program that cannot be there. */
    private void tryOnce() {
        int[] pid = new int[1];
        int error = withFileActions(0, 1, 2, Path.of("/"), actions -> {
            try (Memory empty = new Memory(8)) {
                empty.clear();
                long none = Pointer.nativeValue(empty);
                return posix_spawn(pid, Libc.cString("/dev/null/none"), actions, attributes, none, none);
            }
        });
        // ENOTDIR: the path leads through a file that is no folder. Every step before the exec has worked.
        if (error != 20) {
            throw new ProcessionException("A trial posix_spawn answered " + Libc.describe(error));
        }
    }

    @Override
    public Child spawn(SpawnRequest request) throws SpawnException {
        Path stdin = request.stdin();
        int in = openFile(stdin == null ? Path.of("/dev/null") : stdin, Libc.O_RDONLY);
        try {
            return spawn(request, in);
        } finally {
            Libc.close(in);
        }
    }

    @Override
    public FedChild spawnFed(SpawnRequest request) throws SpawnException {
        int[] ends = new int[2];
        if (pipe2(ends, Libc.O_CLOEXEC) != 0) {
            throw new SpawnException("cannot make a pipe: " + Libc.describe(Native.getLastError()));
        }
        PipeFeed feed = new PipeFeed(ends[1]);
        boolean spawned = false;
        try {
            // Of this end only: the child's own reads are to wait.
            fcntl(ends[1], F_SETFL, Libc.O_NONBLOCK);
            FedChild child = new FedChild(spawn(request, ends[0]), feed);
            spawned = true;
            return child;
        } finally {
            Libc.close(ends[0]);
            if (!spawned) {
                feed.close();
            }
        }
    }

    private Child spawn(SpawnRequest request, int in) throws SpawnException {
        request.checkLogs();
        int out = -1;
        int err = -1;
        int pid;
        try {
            out = openLog(request.stdout());
            err = request.stderr().equals(request.stdout()) ? duplicate(out) : openLog(request.stderr());
            pid = spawn(request, in, out, err);
        } finally {
            closeIfOpen(out);
            closeIfOpen(err);
        }
        return watched(pid, request);
    }

    /** The descriptors just closed are there for this, so only a race for the very last ones can make it fail. */
    private Child watched(int pid, SpawnRequest request) throws SpawnException {
        int pidfd = Libc.pidfdOpen(pid);
        try {
            if (pidfd < 0) {
                throw new ProcessionException(Libc.describe(Native.getLastError()));
            }
            Optional<ProcessInfo> row = table.find(pid);
            ProcessId id = row.map(ProcessInfo::id)
                    .orElseThrow(() -> new ProcessionException("/proc/" + pid + "/stat cannot be read"));
            return LinuxChild.watched(id, pidfd, loop);
        } catch (ProcessionException e) {
            // Nobody else can reap it, so this pid is still our child.
            Libc.killGroup(pid, Signal.KILL.number());
            Libc.waitid(1, pid, 0, Libc.WEXITED);
            closeIfOpen(pidfd);
            throw new SpawnException(
                    "started " + request.executable() + " but could not watch it, so it was killed: " + e.getMessage(),
                    e);
        }
    }

    private int spawn(SpawnRequest request, int in, int out, int err) throws SpawnException {
        List<byte[]> argv = new ArrayList<>();
        request.arguments().forEach(a -> argv.add(a.getBytes(StandardCharsets.UTF_8)));
        int[] pid = new int[1];
        int error;
        long deadline = System.nanoTime() + BUSY_NANOS;
        try (Memory arguments = stringArray(argv);
                Memory variables = stringArray(environment(request))) {
            while (true) {
                error = withFileActions(
                        in,
                        out,
                        err,
                        request.directory(),
                        actions -> posix_spawn(
                                pid,
                                Libc.cString(request.executable().toString()),
                                actions,
                                attributes,
                                Pointer.nativeValue(arguments),
                                Pointer.nativeValue(variables)));
                if (error != ETXTBSY
                        || System.nanoTime() > deadline
                        || Thread.currentThread().isInterrupted()) {
                    break;
                }
                LockSupport.parkNanos(this, BUSY_POLL_NANOS);
            }
        }
        if (error != 0) {
            throw new SpawnException("posix_spawn of " + request.executable() + " in " + request.directory()
                    + " answered: " + Libc.describe(error)
                    + (error == ETXTBSY ? "; somebody has it open for writing" : "")
                    + (error == ArgumentSpace.E2BIG ? ArgumentSpace.explain(request) : ""));
        }
        return pid[0];
    }

    private interface Spawn {
        int with(long actions);
    }

    private static int withFileActions(int in, int out, int err, Path directory, Spawn spawn) {
        try (Memory memory = new Memory(OPAQUE)) {
            long actions = Pointer.nativeValue(memory);
            check("posix_spawn_file_actions_init", posix_spawn_file_actions_init(actions));
            try {
                check("adddup2", posix_spawn_file_actions_adddup2(actions, in, 0));
                check("adddup2", posix_spawn_file_actions_adddup2(actions, out, 1));
                check("adddup2", posix_spawn_file_actions_adddup2(actions, err, 2));
                check("addchdir", posix_spawn_file_actions_addchdir_np(actions, Libc.cString(directory.toString())));
                check("addclosefrom", posix_spawn_file_actions_addclosefrom_np(actions, 3));
                return spawn.with(actions);
            } finally {
                posix_spawn_file_actions_destroy(actions);
            }
        }
    }

    private static void check(String call, int error) {
        if (error != 0) {
            throw new ProcessionException(call + " answered " + Libc.describe(error));
        }
    }

    /** No link, and no pipe, whose opening would wait for its other end: those were put there since it was looked at. */
    private static int openFile(Path path, int flags) throws SpawnException {
        int fd = open(path, flags | Libc.O_NOFOLLOW | Libc.O_NONBLOCK);
        if (lseek(fd, 0, SEEK_CUR) < 0) {
            Libc.close(fd);
            throw new SpawnException(path + " is no regular file");
        }
        // The child has the same open file, and is not to inherit that.
        fcntl(fd, F_SETFL, flags);
        return fd;
    }

    private static int openLog(Path log) throws SpawnException {
        int flags = Libc.O_WRONLY | Libc.O_APPEND;
        return SpawnRequest.isInput(log) ? open(log, flags) : openFile(log, flags);
    }

    private static int open(Path path, int flags) throws SpawnException {
        int fd = open(Libc.cString(path.toString()), flags | Libc.O_CLOEXEC, 0);
        if (fd < 0) {
            throw new SpawnException("cannot open " + path + ": " + Libc.describe(Native.getLastError()));
        }
        if (fd > 2) {
            return fd;
        }
        // The JVM was started with one of its first three closed; dup2 in the child must not trip over it.
        try {
            return duplicate(fd);
        } finally {
            Libc.close(fd);
        }
    }

    private static int duplicate(int fd) throws SpawnException {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0) {
            throw new SpawnException("cannot duplicate a descriptor: " + Libc.describe(Native.getLastError()));
        }
        return copy;
    }

    private static void closeIfOpen(int fd) {
        if (fd >= 0) {
            Libc.close(fd);
        }
    }

    private List<byte[]> environment(SpawnRequest request) {
        List<byte[]> variables = new ArrayList<>();
        Map<String, String> overlay = request.environment();
        if (request.inheritEnvironment()) {
            environment.variables().stream()
                    .filter(variable -> !overlay.containsKey(variable.name()))
                    .forEach(variable -> variables.add(variable.entry()));
        }
        overlay.forEach((key, value) -> variables.add((key + "=" + value).getBytes(StandardCharsets.UTF_8)));
        return variables;
    }

    /** A NULL-terminated array of pointers, and behind it in the same block the strings they point to. */
    private static Memory stringArray(List<byte[]> strings) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        long[] pointers = new long[strings.size() + 1];
        for (int i = 0; i < strings.size(); i++) {
            pointers[i] = text.size();
            text.writeBytes(strings.get(i));
            text.write(0);
        }
        long table = pointers.length * 8L;
        Memory memory = new Memory(table + text.size() + 1);
        long base = Pointer.nativeValue(memory) + table;
        for (int i = 0; i < strings.size(); i++) {
            pointers[i] += base;
        }
        memory.write(0, pointers, 0, pointers.length);
        memory.write(table, text.toByteArray(), 0, text.size());
        return memory;
    }
}
