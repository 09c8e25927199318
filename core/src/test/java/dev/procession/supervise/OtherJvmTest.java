package dev.procession.supervise;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.FileRemedy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunFolder;
import dev.procession.launch.StopPolicy;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessionException;
import dev.procession.process.StartFailedException;
import dev.procession.process.StopFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What concerns a whole JVM: its descriptors and threads, and its end. */
class OtherJvmTest {

    private static ProcessSpec.Builder script(String name, String script) {
        return ProcessSpec.command("sh", "-c", script, "sh")
                .name(name)
                .ready(Readiness.DEFAULT.log("^ready$"))
                .stop(Stage.PATIENT);
    }

    /** A thousand cycles; {@code -Dprocession.soak.cycles=10000} makes it as many. */
    @ParameterizedTest
    @CsvSource({"native, 1", "portable, 3"})
    void startAndStop_manyTimes_nothingIsLeft(String backend, int divisor, @TempDir Path folder) throws Exception {
        int cycles = Integer.getInteger("procession.soak.cycles", 1_000) / divisor;
        Result result = ChildJvm.of(Many.class, Integer.toString(cycles))
                .nativeAccess()
                .option("-Dprocession.backend=" + backend)
                .run(folder, ChildJvm.PATIENCE_SECONDS + cycles);

        assertThat(result.stdout() + result.stderr()).isEqualTo("nothing is left\n");
        assertThat(result.exitCode()).isZero();
        System.out.println(
                "[soak] " + cycles + " cycles, " + backend + ": " + Files.readString(folder.resolve("heap")));
    }

    /** Starts and stops, then compares what the JVM holds with what it held when all its parts were warm. */
    public static final class Many {
        public static void main(String[] arguments) throws Exception {
            int cycles = Integer.parseInt(arguments[0]);
            cycles("warm", 20);
            awaitCalm();
            List<String> before = descriptors();
            long heapBefore = heapInKiB();
            for (int i = 0; i < 10; i++) {
                cycles("round-" + i, cycles / 10);
            }
            awaitCalm();
            assertThat(descriptors()).containsExactlyElementsOf(before);
            assertThat(locks()).isEmpty();
            // Not asserted: nobody can say what a JVM keeps for itself.
            Files.writeString(
                    Path.of("heap"), "heap in use " + heapBefore + " KiB before, " + heapInKiB() + " KiB after");
            assertNoFolderIsClaimed(Path.of("round-0"));
            System.out.println("nothing is left");
        }

        private static void cycles(String folder, int count) {
            try (Supervisor supervisor = Supervisor.create(Path.of(folder))) {
                for (int i = 0; i < count; i++) {
                    SupervisedProcess process = supervisor.start(script("cycle-" + i, "echo ready; exec sleep 1000")
                            .environment("A_PORT", "${port}")
                            .build());
                    assertThat(process.port()).isPositive();
                    assertThat(process.stop()).isTrue();
                }
            }
        }

        private static void awaitCalm() {
            Await.until("no child is left", () -> Processes.startedHere().isEmpty());
            Await.until("the threads have gone", () -> threads().isEmpty());
        }

        private static long heapInKiB() {
            // The serial collector closes all gaps only at every fourth collection.
            for (int i = 0; i < 4; i++) {
                System.gc();
            }
            return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1024;
        }

        /** A leased port is a lock on a byte of a file; on the whole of a file is that on the record of the run. */
        private static List<String> locks() throws IOException {
            String owner = " " + ProcessHandle.current().pid() + " ";
            return Files.readAllLines(Path.of("/proc/locks")).stream()
                    .filter(line -> line.contains(" POSIX ") && line.contains(owner) && !line.endsWith(" 0 EOF"))
                    .toList();
        }

        private static void assertNoFolderIsClaimed(Path supervisor) throws IOException {
            try (Stream<Path> folders = Files.list(supervisor.toAbsolutePath())) {
                folders.forEach(folder -> RunFolder.fresh(folder, Processes.TABLE, "somebody-else"));
            }
        }

        private static List<String> threads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.startsWith("procession"))
                    .toList();
        }

        /** What the descriptors of this JVM lead to. */
        private static List<String> descriptors() {
            List<String> targets = new ArrayList<>();
            for (File link : new File("/proc/self/fd").listFiles()) {
                try {
                    targets.add(Files.readSymbolicLink(link.toPath()).toString().replaceAll("\\d+", "N"));
                } catch (IOException e) {
                    // The descriptor of the list itself.
                }
            }
            // The JVM looks at its container's limits now and then.
            targets.removeIf(target -> target.startsWith("/sys/fs/cgroup/"));
            targets.sort(null);
            return targets;
        }
    }

    /** The hooks of a JVM run at the same time, and whose end takes longer must not come too late. */
    @Test
    void exit_processDependsOnThatOfAnotherSupervisor_isStoppedBeforeIt(@TempDir Path folder) throws Exception {
        ChildJvm.of(TwoSupervisors.class).nativeAccess().run(folder).expectSuccess();

        assertThat(Files.readAllLines(folder.resolve("ends")))
                .containsExactlyInAnyOrder("app", "unrelated db", "db")
                .containsSubsequence("app", "db");
    }

    /** Leaves both open, and a third with a process of the same name on which nothing depends. */
    public static final class TwoSupervisors {
        public static void main(String[] arguments) {
            Supervisor outer = Supervisor.create(Path.of("outer"));
            outer.start(endingSlowly("db", "db", "0"));
            Supervisor inner = Supervisor.builder()
                    .folder(Path.of("inner"))
                    .around(outer::processes)
                    .build();
            inner.startAll(List.of(ProcessSpec.command(
                            endingSlowly("app", "app", "0.5").command().toArray(String[]::new))
                    .name("app")
                    .dependsOn("db")
                    .ready(Readiness.DEFAULT.log("^ready$"))
                    .stop(Stage.PATIENT)
                    .build()));
            Supervisor unrelated = Supervisor.create(Path.of("unrelated"));
            unrelated.start(endingSlowly("db", "unrelated db", "0.7"));
            System.exit(0);
        }

        private static ProcessSpec endingSlowly(String name, String says, String seconds) {
            return script(
                            name,
                            "trap 'sleep " + seconds + "; echo " + says + " >> ${basedir}/ends; exit' TERM; echo ready;"
                                    + " while :; do sleep 0.01; done")
                    .build();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void start_descriptorsRunOut_failsCleanlyAndWorksAgainLater(String backend, @TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Exhausted.class)
                .nativeAccess()
                .option("-Dprocession.backend=" + backend)
                .after("ulimit -n 256")
                .run(folder);

        assertThat(result.stdout()).as(result.stderr()).endsWith("works again\n");
        assertThat(result.exitCode()).isZero();
        List<String> failures =
                result.stdout().lines().filter(line -> line.contains(" free: ")).toList();
        assertThat(failures)
                .isNotEmpty()
                .allMatch(line -> line.contains("no file descriptor is left")
                        || line.contains("Too many open files")
                        || line.contains("is there a file descriptor left?")
                        || line.contains("fewer than 20 file descriptors are left"));
    }

    /** Tries to start with no descriptor left, then with one, two, and so on, until it works. */
    public static final class Exhausted {
        private static final int RESERVE = 40;

        private final Deque<FileInputStream> hoard = new ArrayDeque<>();
        private final Supervisor supervisor = Supervisor.create(Path.of("processes"));

        public static void main(String[] arguments) throws Exception {
            new Exhausted().run();
        }

        private void run() throws Exception {
            // Classes cannot be loaded without descriptors: all that is needed is used once.
            warmUp();
            SupervisedProcess steady = supervisor.start(
                    script("steady", "echo ready; exec sleep 1000").build());
            for (int free = 0; ; free++) {
                fill();
                release(free);
                ProcessSpec spec =
                        script("try-" + free, "echo ready; exec sleep 1000").build();
                try {
                    SupervisedProcess process = supervisor.start(spec);
                    release(RESERVE);
                    assertThat(process.stop()).isTrue();
                    break;
                } catch (ProcessionException | UncheckedIOException e) {
                    release(RESERVE);
                    System.out.println(free + " free: " + e.toString().replace("\n", " / "));
                    Await.until(
                            "nothing is left of the failed start: " + Processes.startedHere(),
                            () -> Processes.startedHere().stream()
                                    .map(ProcessInfo::id)
                                    .toList()
                                    .equals(List.of(steady.id())));
                }
            }
            fill();
            // The portable way to send a signal is to start a program.
            release(Backend.current().description().equals("native") ? 0 : RESERVE);
            try {
                steady.stop();
            } catch (StopFailedException e) {
                assertThat(e)
                        .hasMessageStartingWith(
                                "'steady' was sent KILL, but nobody can see whether all of it has gone: ");
            }
            release(RESERVE);
            Await.until("nothing is left of it", () -> Processes.startedHere().isEmpty());
            release(hoard.size());
            supervisor.start(script("after", "echo ready; exec sleep 1000").build());
            supervisor.close();
            Await.until("nothing is left", () -> Processes.startedHere().isEmpty());
            System.out.println("works again");
        }

        private void warmUp() throws IOException {
            for (String ending : List.of("exit 1", "kill -KILL $$")) {
                try {
                    supervisor.start(script("warm", ending).build());
                } catch (StartFailedException e) {
                    assertThat(e.toString()).contains("warm");
                }
            }
            try {
                supervisor.start(script("warm", "exec sleep 1000")
                        .ready(Readiness.DEFAULT.log("^ready$").timeout(Duration.ofMillis(10)))
                        .build());
            } catch (StartFailedException e) {
                assertThat(e.toString()).contains("warm");
            }
            supervisor
                    .start(script("warm", "echo ready; exec sleep 1000").build())
                    .stop();
            Await.until("nothing is left", () -> Processes.startedHere().isEmpty());
            assertThat(FileRemedy.of(new IOException(), "none")).isEqualTo("none");
            fill();
            release(RESERVE);
            release(hoard.size());
        }

        private void fill() {
            try {
                while (true) {
                    hoard.push(new FileInputStream("/dev/null"));
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("/dev/null");
            }
        }

        private void release(int count) throws IOException {
            for (int i = 0; i < count && !hoard.isEmpty(); i++) {
                hoard.pop().close();
            }
        }
    }

    @Test
    void exit_runningProcesses_areStoppedAtOnceAndInOrder(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Exits.class, "exit").nativeAccess().run(folder);

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(7);
        assertAllStoppedGracefully(folder);
    }

    @Test
    void exit_jvmGetsTerm_processesAreStoppedAllTheSame(@TempDir Path folder) throws Exception {
        Process jvm = ChildJvm.of(Exits.class, "wait").nativeAccess().start(folder);
        try {
            Await.exists(folder.resolve("started"));
        } finally {
            jvm.destroy();
        }
        Result result = ChildJvm.await(jvm, folder);

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(128 + 15);
        assertAllStoppedGracefully(folder);
    }

    private static void assertAllStoppedGracefully(Path folder) {
        for (String name : Exits.NAMES) {
            assertThat(folder.resolve("processes/" + name + "/stdout.log"))
                    .hasContent("ready\nall have been signalled");
        }
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    /** Its processes end only when all of them have been signalled; one after the other, they never would. */
    public static final class Exits {
        static final List<String> NAMES = List.of("a", "b", "c");

        public static void main(String[] arguments) throws Exception {
            Path here = Path.of("").toAbsolutePath();
            String all =
                    NAMES.stream().map(name -> "[ -d \"$1/got-" + name + "\" ]").collect(joining(" && "));
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            for (String name : NAMES) {
                supervisor.start(ProcessSpec.command(
                                "sh",
                                "-c",
                                "trap 'mkdir \"$1/got-" + name + "\"; until " + all
                                        + "; do sleep 0.02; done; echo all have been signalled; exit 0' TERM;"
                                        + " echo ready; while :; do sleep 0.02; done",
                                "sh",
                                here.toString())
                        .name(name)
                        .ready(Readiness.DEFAULT.log("^ready$"))
                        .stop(Stage.PATIENT)
                        .build());
            }
            Files.createFile(Path.of("started"));
            if (arguments[0].equals("exit")) {
                System.exit(7);
            }
            Thread.currentThread().join();
        }
    }

    @Test
    void exit_processThatIgnoresTerm_isKilled(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Deaf.class).nativeAccess().run(folder);

        assertThat(result).isEqualTo(new Result(7, "", ""));
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    /** Leaves a process that does not end when asked, and one that it is just starting. */
    public static final class Deaf {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            supervisor.start(script("deaf", Stage.DEAF).stop(Stage.QUICK).build());
            Thread starter = new Thread(() -> {
                try {
                    supervisor.start(
                            script("starting", "echo begun; exec sleep 1000").build());
                } catch (StartFailedException e) {
                    // As it must, for the JVM ends meanwhile.
                }
            });
            starter.start();
            Await.lines(Path.of("processes/starting/stdout.log"), 1);
            System.exit(7);
        }
    }

    @Test
    void start_jvmIsShuttingDown_isRefused(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(TooLate.class).nativeAccess().run(folder);

        assertThat(result)
                .isEqualTo(new Result(
                        0,
                        "Expected a running JVM, but it is shutting down: nothing is started\n"
                                + "Expected an open supervisor to start 'late', but the JVM is shutting down\n",
                        ""));
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    /** Starts processes in a shutdown hook, with a new supervisor and with one that was in use. */
    public static final class TooLate {
        public static void main(String[] arguments) {
            Supervisor used = Supervisor.create(Path.of("used"));
            SupervisedProcess process =
                    used.start(script("early", "echo ready; exec sleep 1000").build());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                say(Supervisor.create(Path.of("new")));
                Await.until("its own hook has run", () -> process.state() == ProcessState.STOPPED);
                say(used);
            }));
        }

        private static void say(Supervisor supervisor) {
            try {
                supervisor.start(script("late", "echo ready; exec sleep 1000").build());
                System.out.println("it started");
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** What ends first has used up the time of all, so what ends next has none left for its own end. */
    @Test
    void exit_oneAfterTheOther_doNotTakeLongerThanTheLongestGracePeriod(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Waves.class, "deaf").nativeAccess().run(folder);

        assertThat(result).isEqualTo(new Result(7, "", ""));
        assertThat(Processes.workingIn(folder)).isEmpty();
        assertThat(folder.resolve("processes/db/stdout.log")).hasContent("ready\n");
    }

    @Test
    void exit_oneAfterTheOther_eachHasWhatIsLeft(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Waves.class, "quick").nativeAccess().run(folder);

        assertThat(result).isEqualTo(new Result(7, "", ""));
        assertThat(folder.resolve("processes/db/stdout.log")).hasContent("ready\nended by itself\n");
    }

    /** A process that takes its time to end, and one that depends on it. */
    public static final class Waves {
        public static void main(String[] arguments) {
            boolean deaf = arguments[0].equals("deaf");
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            supervisor.startAll(List.of(
                    script(
                                    "db",
                                    "trap 'sleep 1; echo ended by itself; exit 0' TERM; echo ready;"
                                            + " while :; do sleep 0.02; done")
                            .stop(StopPolicy.DEFAULT.gracePeriod(Duration.ofSeconds(deaf ? 3 : 300)))
                            .build(),
                    script("api", deaf ? Stage.DEAF : "echo ready; exec sleep 1000")
                            .stop(StopPolicy.DEFAULT
                                    .gracePeriod(Duration.ofSeconds(deaf ? 1 : 300))
                                    .retries(deaf ? 2 : 0))
                            .dependsOn("db")
                            .build()));
            System.exit(7);
        }
    }
}
