package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import dev.procession.cleanup.Watchdog;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM in which one class loader after the other uses this library, as a Maven daemon does for each build. */
class EmbeddedTest {

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void close_lastSupervisorOfItsClassLoader_nothingStaysInTheJvm(String backend, @TempDir Path folder)
            throws Exception {
        Result result = ChildJvm.of(Daemon.class)
                .nativeAccess()
                .option("-Dprocession.backend=" + backend)
                .run(folder, 3 * ChildJvm.PATIENCE_SECONDS);

        assertThat(result).isEqualTo(new Result(0, "nothing is left\n", ""));
    }

    /** A start that comes while hook and watchdog are about to go has both. */
    @ParameterizedTest
    @CsvSource({"native, exit", "portable, exit", "native, halt", "portable, halt"})
    void start_afterTheLastWasClosed_endsWithTheJvm(String backend, String end, @TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Racing.class, end)
                .nativeAccess()
                .option("-Dprocession.backend=" + backend)
                .run(folder, 5 * ChildJvm.PATIENCE_SECONDS);

        assertThat(result).isEqualTo(new Result(7, "", ""));
        Await.until("what ran has ended", () -> Processes.workingIn(folder).isEmpty());
        if (end.equals("exit")) {
            assertThat(folder.resolve("farewell")).hasContent("in order");
        }
    }

    /** Two threads with one short supervisor after the other, and pauses about as long as the lingering; then the end. */
    public static final class Racing {
        private static final int ROUNDS = 25;
        private static final Duration LINGER = Duration.ofMillis(20);

        private final ProcessId self =
                Processes.identity(ProcessHandle.current().pid());
        private final OpenSupervisors open = new OpenSupervisors(Watchdog::ofJvm, LINGER);

        public static void main(String[] arguments) throws Exception {
            new Racing().run(arguments[0]);
        }

        private void run(String end) throws Exception {
            Future<Void> first = Await.async(() -> rounds(1));
            Future<Void> second = Await.async(() -> rounds(2));
            // Their many steps have a deadline each.
            first.get();
            second.get();
            Await.until(
                    "the watchdog has gone", () -> Processes.watchdogsOf(self).isEmpty());
            supervisor("last")
                    .start(spec("trap 'echo in order >> ${basedir}/farewell; exit' TERM; echo ready;"
                            + " while :; do sleep 0.02; done"));
            if (end.equals("exit")) {
                System.exit(7);
            }
            Runtime.getRuntime().halt(7);
        }

        private Void rounds(int seed) {
            Random random = new Random(seed);
            for (int i = 0; i < ROUNDS; i++) {
                try (Supervisor supervisor = supervisor("round-" + seed + "-" + i)) {
                    SupervisedProcess process = supervisor.start(spec("echo ready; exec sleep 1000"));
                    // It bears its mark only from a moment on after its start.
                    Await.until(
                            "there is a watchdog",
                            () -> !Processes.watchdogsOf(self).isEmpty());
                    Set<ProcessId> before = Processes.watchdogsOf(self);
                    assertThat(process.stop()).isTrue();
                    // One that was about to go does not count.
                    assertThat(Processes.watchdogsOf(self)).containsAnyElementsOf(before);
                }
                LockSupport.parkNanos(random.nextLong(3 * LINGER.toNanos()));
            }
            return null;
        }

        private Supervisor supervisor(String folder) {
            return Supervisor.builder().folder(Path.of(folder)).build(Backend.current(), open);
        }

        private static ProcessSpec spec(String script) {
            return ProcessSpec.command("sh", "-c", script)
                    .ready(Readiness.DEFAULT.log("^ready$"))
                    .stop(Stage.PATIENT)
                    .build();
        }
    }

    /** Lets three class loaders build, and waits until all but the last have been collected. */
    public static final class Daemon {
        private static final int BUILDS = 3;
        private static final long GC_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

        public static void main(String[] arguments) throws Exception {
            ProcessId self = Processes.identity(ProcessHandle.current().pid());
            ClassLoader jna =
                    new URLClassLoader(new URL[] {placeOf(Native.class)}, ClassLoader.getPlatformClassLoader());
            List<WeakReference<ClassLoader>> builds = new ArrayList<>();
            for (int i = 0; i < BUILDS; i++) {
                builds.add(build(jna, "build-" + i));
                assertThat(Processes.watchdogsOf(self)).isNotEmpty();
            }
            Await.until(
                    "the watchdogs have gone", () -> Processes.watchdogsOf(self).isEmpty());
            Await.until("the threads have gone", () -> threads().isEmpty());
            Await.until("no record is left", () -> records().isEmpty());
            // Caches of the JDK may keep the last one that was used, as that of how records are compared does, until
            // the next.
            for (int i = 0; i < BUILDS - 1; i++) {
                WeakReference<ClassLoader> build = builds.get(i);
                Await.until("the class loader of build " + i + " was collected", () -> {
                    System.gc();
                    LockSupport.parkNanos(GC_PAUSE_NANOS);
                    return build.refersTo(null);
                });
            }
            assertThat(ownDescriptors()).isEmpty();
            System.out.println("nothing is left");
        }

        private static URL placeOf(Class<?> type) {
            return type.getProtectionDomain().getCodeSource().getLocation();
        }

        private static WeakReference<ClassLoader> build(ClassLoader jna, String name) throws Exception {
            URL[] places = {placeOf(Supervisor.class), placeOf(Build.class)};
            try (URLClassLoader loader = new URLClassLoader(places, jna)) {
                Class<?> build = loader.loadClass(Build.class.getName());
                assertThat(build).isNotSameAs(Build.class);
                ((Runnable) build.getConstructor(String.class).newInstance(name)).run();
                return new WeakReference<>(loader);
            }
        }

        private static List<String> threads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.startsWith("procession"))
                    .toList();
        }

        private static Set<Path> records() {
            try (Stream<Path> files = Files.list(Path.of("records"))) {
                return Set.copyOf(files.toList());
            } catch (IOException e) {
                throw new AssertionError("Expected a folder of records", e);
            }
        }

        /** Those by which a JVM waits for others; it has none by itself. */
        private static List<String> ownDescriptors() {
            List<String> targets = new ArrayList<>();
            for (File link : new File("/proc/self/fd").listFiles()) {
                try {
                    targets.add(Files.readSymbolicLink(link.toPath()).toString());
                } catch (IOException e) {
                    // The descriptor of the list itself.
                }
            }
            targets.removeIf(target -> !target.startsWith("anon_inode:") && !target.startsWith("pipe:"));
            return targets;
        }
    }

    /** What each class loader does. */
    public static final class Build implements Runnable {
        private final String name;

        public Build(String name) {
            this.name = name;
        }

        @Override
        public void run() {
            try (Supervisor supervisor = Supervisor.create(Path.of(name))) {
                supervisor.start(ProcessSpec.command("sh", "-c", "echo ready; exec sleep 1000")
                        .environment("A_PORT", "${port}")
                        .ready(Readiness.DEFAULT.log("^ready$"))
                        .build());
            }
        }
    }
}
