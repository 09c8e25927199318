package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StopPolicy;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM under supervision that supervises processes itself: a build whose tests start builds with tests. */
class NestedRunTest {

    /** In its own session, in one of a child, and as an orphan of a dead parent in a third. */
    private static final String TREE = """
            trap 'echo stopped in order >> "$1"; exit 0' TERM
            sleep 600 &
            setsid sleep 600 &
            (setsid sleep 600 &)
            echo ready
            wait
            """;

    private static final StopPolicy PATIENT = StopPolicy.DEFAULT.gracePeriod(Duration.ofMinutes(5));

    private static ProcessSpec tree(String name, Path farewell) {
        return ProcessSpec.command("sh", "-c", TREE, "sh", farewell.toString())
                .name(name)
                .ready(Readiness.DEFAULT.log("^ready$"))
                .stop(PATIENT)
                .build();
    }

    /** Has a tree of its own and the inner JVM; stops that, and ends, when it is told to. */
    static final class Outer {

        private Outer() {}

        public static void main(String[] arguments) throws Exception {
            Path here = Path.of("").toAbsolutePath();
            Supervisor supervisor = Supervisor.create(here.resolve("outer"));
            supervisor.startAll(List.of(
                    tree("own", here.resolve("farewell-of-outer")),
                    ProcessSpec.command(ChildJvm.of(Inner.class, here + "/farewell-of-inner")
                                    .nativeAccess()
                                    .command()
                                    .toArray(String[]::new))
                            .name("inner")
                            .ready(Readiness.DEFAULT.log("^inner is up$"))
                            .stop(PATIENT)
                            .build()));
            long inner = supervisor.process("inner").orElseThrow().pid();
            Files.writeString(here.resolve("up"), inner + "\n");
            Await.until(
                    "it is told what to do",
                    () -> Files.exists(here.resolve("stop-inner")) || Files.exists(here.resolve("end")));
            if (Files.exists(here.resolve("stop-inner"))) {
                supervisor.process("inner").orElseThrow().stop();
                Files.createFile(here.resolve("inner-is-stopped"));
                Await.exists(here.resolve("end"));
            }
            System.exit(7);
        }
    }

    /** Has two trees. */
    static final class Inner {

        private Inner() {}

        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            supervisor.startAll(List.of(tree("one", Path.of(arguments[0])), tree("two", Path.of(arguments[0]))));
            System.out.println("inner is up");
            Thread.sleep(600_000);
        }
    }

    @TempDir
    private Path folder;

    private Process process;
    private ProcessId outer;
    private ProcessId outerWatchdog;
    private ProcessId inner;
    private ProcessId innerWatchdog;
    private Set<ProcessId> ownTree;
    private Set<ProcessId> innerTrees;

    @BeforeEach
    void start() throws IOException {
        process = ChildJvm.of(Outer.class).nativeAccess().start(folder);
        outer = Processes.identity(process.pid());
        inner = Processes.identity(Await.lines(folder.resolve("up"), 1).get(0));
        outerWatchdog = watchdogOf(outer);
        innerWatchdog = watchdogOf(inner);
        ownTree = workingIn("outer/own");
        innerTrees = workingIn("outer/inner");
        innerTrees.remove(inner);
        assertThat(ownTree).as("a tree of at least four").hasSizeGreaterThanOrEqualTo(4);
        assertThat(innerTrees).as("two trees of at least four").hasSizeGreaterThanOrEqualTo(8);
    }

    /** What a failure has left. */
    @AfterEach
    void endAll() {
        process.destroyForcibly();
        Await.until("the JVM has ended", () -> !process.isAlive());
        String run = Processes.runOf(outer);
        Await.until("nothing is left of " + outer, () -> {
            Set<ProcessId> left = workingIn("outer");
            left.addAll(Processes.marked(run));
            Processes.kill(Backends.nativeOne(), left);
            return left.isEmpty();
        });
    }

    @Test
    void theOuterIsKilled_nothingOfBothIsLeft() throws Exception {
        kill(outer);

        awaitAllDead();
        assertNobodySaidFarewell("farewell-of-outer");
        assertNobodySaidFarewell("farewell-of-inner");
    }

    @Test
    void theOuterIsKilledWhileTheInnerCannotHelp_nothingOfBothIsLeft() throws Exception {
        signal(inner, Signal.STOP);
        kill(innerWatchdog);
        kill(outer);

        awaitAllDead();
    }

    @Test
    void theOuterEndsInOrder_soDoesTheInner() throws Exception {
        Files.createFile(folder.resolve("end"));

        assertOuterEnded();
        assertThat(inner).as("gone before the outer JVM").matches(id -> !Processes.isAlive(id));
        assertThat(innerTrees).as("gone before the outer JVM").noneMatch(Processes::isAlive);
        assertThat(folder.resolve("farewell-of-inner")).hasContent("stopped in order\n".repeat(2));
        awaitAllDead();
    }

    @Test
    void theInnerIsKilled_itsOwnGoAndTheOuterStays() throws Exception {
        kill(inner);

        innerTrees.forEach(Processes::awaitDeath);
        Processes.awaitDeath(innerWatchdog);
        assertOuterIsUntouchedAndEndsInOrder();
    }

    /** The outer knows the inner's processes by the outer part of their cookie. */
    @Test
    void theInnerIsKilledAfterItsWatchdog_itsOwnGoAndTheOuterStays() throws Exception {
        signal(inner, Signal.STOP);
        kill(innerWatchdog);
        kill(inner);

        innerTrees.forEach(Processes::awaitDeath);
        assertOuterIsUntouchedAndEndsInOrder();
    }

    @Test
    void theInnerIsStoppedByTheOuter_itEndsInOrder() throws Exception {
        Files.createFile(folder.resolve("stop-inner"));
        Await.exists(folder.resolve("inner-is-stopped"));

        assertThat(inner).as("the inner JVM").matches(id -> !Processes.isAlive(id));
        assertThat(innerTrees).noneMatch(Processes::isAlive);
        assertThat(folder.resolve("farewell-of-inner")).hasContent("stopped in order\n".repeat(2));
        Processes.awaitDeath(innerWatchdog);
        assertOuterIsUntouchedAndEndsInOrder();
    }

    private void assertOuterIsUntouchedAndEndsInOrder() throws Exception {
        assertThat(ownTree).as("the outer's own").allMatch(Processes::isAlive);
        assertThat(outerWatchdog).as("the outer's watchdog").matches(Processes::isAlive);
        assertNobodySaidFarewell("farewell-of-outer");
        Files.createFile(folder.resolve("end"));
        assertOuterEnded();
        awaitAllDead();
    }

    private void assertOuterEnded() throws Exception {
        Result result = ChildJvm.await(process, folder);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(7);
        assertThat(ownTree).as("gone before the outer JVM").noneMatch(Processes::isAlive);
        assertThat(folder.resolve("farewell-of-outer")).hasContent("stopped in order\n");
    }

    private void awaitAllDead() {
        Set<ProcessId> all = new HashSet<>(Set.of(outer, outerWatchdog, inner, innerWatchdog));
        all.addAll(ownTree);
        all.addAll(innerTrees);
        all.forEach(Processes::awaitDeath);
        String run = Processes.runOf(outer);
        Await.until("nothing carries " + run, () -> Processes.marked(run).isEmpty());
    }

    private void assertNobodySaidFarewell(String file) {
        assertThat(folder.resolve(file)).as("there was no order to stop").doesNotExist();
    }

    private Set<ProcessId> workingIn(String name) {
        return Processes.workingIn(folder.resolve(name)).stream()
                .map(ProcessInfo::id)
                .collect(Collectors.toSet());
    }

    private static ProcessId watchdogOf(ProcessId jvm) {
        Await.until("there is a watchdog", () -> !Processes.watchdogsOf(jvm).isEmpty());
        return Processes.watchdogsOf(jvm).iterator().next();
    }

    private static void kill(ProcessId id) {
        signal(id, Signal.KILL);
    }

    private static void signal(ProcessId id, Signal signal) {
        assertThat(Backends.nativeOne().signaller().send(id, signal)).isTrue();
    }
}
