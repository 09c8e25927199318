package dev.procession.benchmarks;

import com.zaxxer.nuprocess.NuAbstractProcessHandler;
import com.zaxxer.nuprocess.NuProcess;
import com.zaxxer.nuprocess.NuProcessBuilder;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnRequest;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** A way to start a program that does nothing for so long that it outlives any use, but not for ever. */
enum Starter {
    PROCESSION("Procession, session, logs to files") {
        @Override
        Started start() throws Exception {
            Path log = log();
            return new Native(SYSTEM.spawner()
                    .spawn(new SpawnRequest(
                            Path.of(PROGRAM.get(0)), PROGRAM, Map.of(), true, Leftovers.folder(), null, log, log)));
        }
    },
    BUILDER_FILE("ProcessBuilder to a file") {
        @Override
        Started start() throws Exception {
            return toFile(new ProcessBuilder(PROGRAM));
        }
    },
    BUILDER_SETSID("ProcessBuilder with setsid to a file") {
        @Override
        Started start() throws Exception {
            return toFile(withSetsid());
        }
    },
    BUILDER_SETSID_SEEN("the same until it has its session") {
        @Override
        Started start() throws Exception {
            Started started = toFile(withSetsid());
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
            while (SYSTEM.processes()
                    .find(started.pid())
                    .map(ProcessInfo::session)
                    .filter(session -> session == started.pid())
                    .isEmpty()) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("setsid made no session");
                }
                Thread.onSpinWait();
            }
            return started;
        }
    },
    BUILDER_PIPES("ProcessBuilder with pipes") {
        @Override
        Started start() throws Exception {
            return new ByBuilder(new ProcessBuilder(PROGRAM).start());
        }
    },
    NUPROCESS("NuProcess") {
        @Override
        Started start() {
            NuProcess process = new NuProcessBuilder(new NuAbstractProcessHandler() {}, PROGRAM).start();
            if (process == null) {
                throw new IllegalStateException("NuProcess started nothing");
            }
            return new ByNuProcess(process);
        }
    };

    static final long DEADLINE_SECONDS = 10;
    static final OperatingSystem SYSTEM = Backend.current();
    static final List<String> PROGRAM = List.of("/bin/sleep", "300");

    private final String title;

    Starter(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Returns when the library's own start does. */
    abstract Started start() throws Exception;

    private static Path log() throws IOException {
        Path log = Leftovers.folder().resolve("out.log");
        if (!Files.exists(log)) {
            Files.createFile(log);
        }
        return log;
    }

    private static ProcessBuilder withSetsid() {
        return new ProcessBuilder("setsid", PROGRAM.get(0), PROGRAM.get(1));
    }

    private static Started toFile(ProcessBuilder builder) throws IOException {
        return new ByBuilder(builder.redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .redirectErrorStream(true)
                .start());
    }

    record Native(Child child) implements Started {
        @Override
        public long pid() {
            return child.id().pid();
        }

        @Override
        public void awaitDeath() throws Exception {
            child.exit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void kill() {
            SYSTEM.signaller().send(child.id(), Signal.KILL);
        }

        @Override
        public void close() {
            Started.super.close();
            child.reap();
        }
    }

    record ByBuilder(Process process) implements Started {
        @Override
        public long pid() {
            return process.pid();
        }

        @Override
        public void awaitDeath() throws Exception {
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                throw new TimeoutException("pid " + pid() + " does not die");
            }
        }

        @Override
        public void kill() {
            process.destroyForcibly();
        }
    }

    record ByNuProcess(NuProcess process) implements Started {
        @Override
        public long pid() {
            return process.getPID();
        }

        @Override
        public void awaitDeath() throws Exception {
            if (process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) == Integer.MIN_VALUE) {
                throw new TimeoutException("pid " + pid() + " does not die");
            }
        }

        @Override
        public void kill() {
            if (process.isRunning()) {
                process.destroy(true);
            }
        }

        /** Its own means take a quarter of a second to notice, so this looks for itself. */
        @Override
        public void close() {
            kill();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
            while (SYSTEM.processes().find(pid()).filter(row -> !row.isDead()).isPresent()) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("pid " + pid() + " does not die");
                }
                LockSupport.parkNanos(100_000);
            }
        }
    }
}
