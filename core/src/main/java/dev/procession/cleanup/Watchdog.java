package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A little shell process that outlives the JVM, to end what the JVM can no longer end: after a KILL, an out-of-memory
 * exit, a crash. It learns of every group that is started, and of the JVM's end by the end of its input. Thread safe.
 *
 * <p>It is started with the first process, and again if it dies. It carries no cookie, and a variable of its own that
 * exempts it from every clean-up: the end of its pipe ends it.
 */
public final class Watchdog {

    private static final Logger LOG = System.getLogger("dev.procession");

    /** The variable by which every clean-up knows a watchdog. */
    static final String MARK = "PROCESSION_WATCHDOG=1";

    /** So often in a row it may die before that is reported and left so. */
    private static final int MOST_STARTS = 5;

    private static final Path SHELL = Path.of("/bin/sh");

    private final OperatingSystem system;
    private final String run;

    /** Guards what follows, and the order of what is written. */
    private final Object lock = new Object();

    private final Set<ProcessId> leaders = new LinkedHashSet<>();
    private @Nullable FedChild shell;
    private int starts;

    Watchdog(OperatingSystem system, String run) {
        this.system = system;
        this.run = run;
    }

    /** The JVM's own. */
    public static Watchdog ofJvm() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final Watchdog INSTANCE = new Watchdog(
                Backend.current(), RunCookie.runOf(Backend.current().processes().self()));
    }

    /**
     * Sees to it that one is there. To be called before a process is started: the cookie of the run covers the time until
     * its group is known.
     */
    public void start() {
        synchronized (lock) {
            if (shell != null
                    || starts > MOST_STARTS
                    || !Files.isExecutable(SHELL)
                    || !Files.exists(Path.of("/proc"))) {
                return;
            }
            starts++;
            try {
                if (starts > MOST_STARTS) {
                    throw new ProcessionException("it has died " + MOST_STARTS + " times");
                }
                FedChild fed = spawn();
                shell = fed;
                leaders.forEach(leader -> tell("+ " + leader.pid() + " " + leader.startTicks()));
                fed.child().exit().thenRun(() -> replace(fed));
            } catch (SpawnException | ProcessionException e) {
                LOG.log(
                        Level.WARNING,
                        "There is no watchdog: if this JVM is killed, what it started stays. Cause: " + e.getMessage());
            }
        }
    }

    private FedChild spawn() throws SpawnException {
        SpawnRequest request = new SpawnRequest(
                SHELL,
                List.of(SHELL.toString(), "-c", Script.TEXT, "procession-watchdog", run),
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "PROCESSION_WATCHDOG", "1"),
                false,
                Path.of("/"),
                null,
                SpawnRequest.NOWHERE,
                SpawnRequest.NOWHERE);
        return system.spawner().spawnFed(request);
    }

    /** It died while the JVM lives: somebody killed it. Runs on the thread that watches everything, and only spawns. */
    private void replace(FedChild dead) {
        synchronized (lock) {
            dead.feed().close();
            dead.child().reap();
            if (shell == dead) {
                shell = null;
                start();
            }
        }
    }

    /** Sees to it that a child and its group end with the JVM, until the child is reaped. */
    public Child guard(Child child) {
        if (!child.leadsSession()) {
            return child;
        }
        watch(child.id());
        return new GuardedChild(child, this);
    }

    private void watch(ProcessId leader) {
        synchronized (lock) {
            leaders.add(leader);
            tell("+ " + leader.pid() + " " + leader.startTicks());
        }
    }

    /** That group has gone; to be called before its leader is reaped and its number is free for others. */
    void forget(ProcessId leader) {
        synchronized (lock) {
            if (leaders.remove(leader)) {
                tell("- " + leader.pid());
                // It served: what happens later is another matter than a shell that cannot stay alive.
                starts = Math.min(starts, 1);
            }
        }
    }

    private void tell(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
        if (shell != null && shell.feed().write(bytes, 0) != bytes.length) {
            LOG.log(Level.DEBUG, "The watchdog did not take \"" + line + "\"; the run's cookie covers that group");
        }
    }

    private static final class Script {
        static final String TEXT = read();

        private static String read() {
            try (InputStream in = Watchdog.class.getResourceAsStream("watchdog.sh")) {
                if (in == null) {
                    throw new ProcessionException("watchdog.sh is missing beside " + Watchdog.class);
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new ProcessionException("watchdog.sh cannot be read: " + e, e);
            }
        }
    }
}
