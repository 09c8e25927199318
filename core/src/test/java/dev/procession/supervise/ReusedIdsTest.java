package dev.procession.supervise;

import static dev.procession.supervise.Stage.PATIENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.RunCookie;
import dev.procession.launch.StopScope;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessId;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.PidSpace;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strangers that were given the pid, and with it the group and the session, of a process of ours that has gone. */
class ReusedIdsTest {

    @ParameterizedTest
    @ValueSource(strings = {"native", "portable"})
    void whoeverHasTheNumbersOfOneThatHasGone_isLeftAlone(String backend, @TempDir Path folder) throws Exception {
        Result result = PidSpace.inOneOfItsOwn(ChildJvm.of(Inside.class, backend))
                .nativeAccess()
                .run(folder);

        assertThat(result.stdout()).as(result.toString()).isEqualTo("all were left alone\n");
        assertThat(result.exitCode()).isZero();
    }

    /** Runs in a space of process ids of its own, where they can be chosen. */
    public static final class Inside {

        private static final OperatingSystem STRANGE = Backends.nativeOne();

        private final OperatingSystem system;
        private final Path folder;

        private Inside(OperatingSystem system, Path folder) throws IOException {
            this.system = system;
            this.folder = Files.createDirectory(folder);
        }

        private interface Scenario {
            void run(Inside inside) throws Exception;
        }

        public static void main(String[] arguments) throws Exception {
            boolean isNative = arguments[0].equals("native");
            OperatingSystem system = isNative ? Backends.nativeOne() : Backends.portable();
            List<Scenario> scenarios = new ArrayList<>(List.of(
                    Inside::endedByItself,
                    inside -> inside.othersAreLeftAlone(false),
                    inside -> inside.othersAreLeftAlone(true),
                    Inside::othersAreLeftAloneInTheGroup,
                    inside -> inside.whileItIsStopped(StopScope.TREE),
                    inside -> inside.whileItIsStopped(StopScope.GROUP)));
            if (isNative) {
                scenarios.add(Inside::zombieLeader);
                scenarios.add(Inside::watchdogThatWasNotToldOfTheEnd);
                scenarios.add(Inside::watchdogThatWasToldOfTheEnd);
                scenarios.add(Inside::watchdogOfTheirOwn);
            }
            scenarios.add(inside -> inside.jvmIsKilled(arguments[0]));
            for (int i = 0; i < scenarios.size(); i++) {
                scenarios.get(i).run(new Inside(system, Path.of("scenario-" + i).toAbsolutePath()));
            }
            System.out.println("all were left alone");
        }

        private SupervisedProcess start(Stage stage, String script, StopScope scope) throws Exception {
            return PidSpace.farAway(() -> stage.start("ours", script, PATIENT.scope(scope)));
        }

        private static void awaitReap(ProcessId id) {
            Await.until(
                    id + " has been reaped",
                    () -> Processes.TABLE
                            .find(id.pid())
                            .filter(row -> row.id().equals(id))
                            .isEmpty());
        }

        private void endedByItself() throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Strangers strangers;
                try (Stage stage = new Stage(system, folder.resolve("processes"))) {
                    SupervisedProcess ours = start(stage, "echo ready; exec sleep 1000", StopScope.TREE);
                    ProcessId old = ours.id();
                    CompletableFuture<Void> death = system.deaths().death(old);
                    system.signaller().send(old, Signal.KILL);
                    awaitReap(old);
                    strangers = new Strangers(trial, old);

                    Await.result(death);
                    assertThat(system.deaths().death(old)).isCompleted();
                    assertThat(system.processes().isAlive(old)).isFalse();
                    for (Signal signal : List.of(Signal.TERM, Signal.STOP, Signal.KILL)) {
                        assertThat(system.signaller().send(old, signal)).isFalse();
                    }
                    assertThat(ours.unexpectedDeath()).isPresent();
                    assertThat(ours.tree()).isEmpty();
                    assertThat(ours.isPaused()).isFalse();
                    assertThat(ours.signal(Signal.TERM)).isFalse();
                    Await.until("what it left has been swept", () -> ours.state() == ProcessState.EXITED);
                    assertThat(ours.stop()).isFalse();
                    assertThat(ours.kill()).isFalse();
                }
                strangers.assertUntouched();
            }
        }

        /** @param withoutLeader the number is nobody's pid any more, but still that of the strangers' group */
        private void othersAreLeftAlone(boolean withoutLeader) throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Strangers strangers;
                ProcessId left;
                try (Stage stage = new Stage(system, folder.resolve("processes"))) {
                    SupervisedProcess ours =
                            start(stage, "setsid sleep 1000 & echo $!; echo ready; exec sleep 1000", StopScope.PROCESS);
                    ProcessId old = ours.id();
                    left = Stage.printed(ours, 1).get(0);
                    ours.stop();
                    awaitReap(old);
                    strangers = new Strangers(trial, old);
                    if (withoutLeader) {
                        strangers.loseLeader();
                    }

                    assertThat(ours.tree()).extracting(row -> row.id()).containsExactly(left);
                }
                assertThat(Processes.isAlive(left)).isFalse();
                strangers.assertUntouched();
            }
        }

        /** Until the last of the group has gone, its number is nobody else's. */
        private void othersAreLeftAloneInTheGroup() throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Strangers strangers;
                ProcessId left;
                ProcessId old;
                try (Stage stage = new Stage(system, folder.resolve("processes"))) {
                    SupervisedProcess ours =
                            start(stage, "sleep 1000 & echo $!; echo ready; exec sleep 1000", StopScope.PROCESS);
                    old = ours.id();
                    left = Stage.printed(ours, 1).get(0);
                    ours.stop();
                    awaitReap(old);
                    PidSpace.assertPinned(old, () -> Strangers.program(trial));
                    assertThat(ours.tree()).extracting(row -> row.id()).containsExactly(left);
                }
                assertThat(Processes.isAlive(left)).isFalse();
                strangers = new Strangers(trial, old);
                strangers.assertUntouched();
            }
        }

        /** A survivor keeps the stop busy; meanwhile the root is reaped by the JDK, or kept as a zombie by us. */
        private void whileItIsStopped(StopScope scope) throws Exception {
            try (Trial trial = new Trial(STRANGE, folder);
                    Stage stage = new Stage(system, folder.resolve("processes"))) {
                SupervisedProcess ours = start(
                        stage,
                        "setsid sh -c 'trap \"\" TERM; echo $$; echo ready; while :; do sleep 0.1; done' & wait",
                        scope);
                ProcessId old = ours.id();
                ProcessId survivor = Stage.printed(ours, 1).get(0);
                Future<Boolean> stopped = Await.async(ours::stop);
                Await.result(ours.exit());

                if (system == Backends.nativeOne()) {
                    PidSpace.assertPinned(old, () -> Strangers.program(trial));
                    ours.kill();
                } else {
                    awaitReap(old);
                    Strangers strangers = new Strangers(trial, old);
                    ours.kill();
                    strangers.assertUntouched();
                }

                assertThat(Await.result(stopped)).isTrue();
                assertThat(Processes.isAlive(survivor)).isFalse();
            }
        }

        private void zombieLeader() throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Child leader = PidSpace.farAway(
                        () -> trial.script("sleep 1000 & echo $!").spawn());
                ProcessId left =
                        Processes.identity(Await.lines(trial.stdout(leader), 1).get(0));
                Await.result(leader.exit());

                PidSpace.assertPinned(leader.id(), () -> Strangers.program(trial));
                assertThat(leader.signalGroup(Signal.KILL)).isTrue();
                Processes.awaitDeath(left);
                PidSpace.assertPinned(leader.id(), () -> Strangers.program(trial));
                leader.reap();

                Strangers strangers = new Strangers(trial, leader.id());
                assertThat(leader.signalGroup(Signal.KILL)).isFalse();
                assertThat(leader.signal(Signal.KILL)).isFalse();
                strangers.assertUntouched();
            }
        }

        private void watchdogThatWasNotToldOfTheEnd() throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                ProcessId old = gone(trial);
                Strangers strangers = new Strangers(trial, old);

                watchdog("+ " + old.pid() + " " + old.startTicks() + "\n");

                strangers.assertUntouched();
            }
        }

        private void watchdogThatWasToldOfTheEnd() throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Strangers strangers = new Strangers(trial, gone(trial));
                ProcessId newcomer = strangers.leader.id();
                String started = "+ " + newcomer.pid() + " " + newcomer.startTicks() + "\n";

                watchdog(started + "- " + newcomer.pid() + "\n");
                strangers.assertUntouched();
            }
        }

        /** What the others would come to. */
        private void watchdogOfTheirOwn() throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Strangers strangers = new Strangers(trial, gone(trial));
                ProcessId leader = strangers.leader.id();

                watchdog("+ " + leader.pid() + " " + leader.startTicks() + "\n");

                assertThat(strangers.all).noneMatch(Processes::isAlive);
            }
        }

        private static ProcessId gone(Trial trial) throws Exception {
            Child child = PidSpace.farAway(() -> trial.script("exit 0").spawn());
            Await.result(child.exit());
            child.reap();
            return child.id();
        }

        /** One whose JVM has said something, and has vanished then. */
        private static void watchdog(String said) throws Exception {
            ProcessBuilder builder = new ProcessBuilder(
                    "sh", "-c", script("watchdog.sh"), "procession-watchdog", "1-1", "", script("look.sh"));
            builder.environment().put("PROCESSION_WATCHDOG", "1");
            Process watchdog = builder.start();
            try (OutputStream pipe = watchdog.getOutputStream()) {
                pipe.write(said.getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(watchdog.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }

        private static String script(String name) throws Exception {
            try (InputStream in = Inside.class.getResourceAsStream("/dev/procession/cleanup/" + name)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }

        private void jvmIsKilled(String backend) throws Exception {
            try (Trial trial = new Trial(STRANGE, folder)) {
                Process jvm = ChildJvm.of(Victim.class)
                        .nativeAccess()
                        .option("-Dprocession.backend=" + backend)
                        .start(folder);
                List<String> ids = Await.lines(folder.resolve("jvm-stdout"), 2);
                String run = RunCookie.runOf(Processes.identity(jvm.pid()));
                ProcessId lives = Processes.identity(ids.get(1));
                String[] ended = ids.get(0).split(" ");
                Strangers strangers =
                        new Strangers(trial, new ProcessId(Long.parseLong(ended[0]), Long.parseLong(ended[1])));

                jvm.destroyForcibly().waitFor();

                Processes.awaitDeath(lives);
                Await.until(
                        "its watchdog has done its work",
                        () -> Processes.TABLE.scan().stream()
                                .noneMatch(row ->
                                        Processes.TABLE.commandLine(row.pid()).contains(run)));
                strangers.assertUntouched();
            }
        }
    }

    /** Says who has gone and who still lives, and waits for its own end. */
    public static final class Victim {
        public static void main(String[] arguments) throws Exception {
            Supervisor supervisor = Supervisor.create(Path.of("processes"));
            SupervisedProcess ended = PidSpace.farAway(() -> supervisor.start(
                    Stage.script("ended", "echo ready; exec sleep 1000").build()));
            ProcessId id = ended.id();
            SupervisedProcess lives = supervisor.start(
                    Stage.script("lives", "echo ready; exec sleep 1000").build());
            ended.stop();
            Inside.awaitReap(id);
            System.out.println(id.pid() + " " + id.startTicks());
            System.out.println(lives.pid());
            Thread.sleep(600_000);
        }
    }

    /** The leader of a session and a group, and two others in it. */
    private static final class Strangers {
        private final Trial trial;
        private final Child leader;
        private final List<ProcessId> all = new ArrayList<>();

        Strangers(Trial trial, ProcessId dead) {
            this.trial = trial;
            this.leader = PidSpace.reuse(dead, () -> program(trial));
            List<String> lines = Await.lines(trial.stdout(leader), 3);
            all.add(leader.id());
            lines.subList(0, 2).forEach(pid -> all.add(Processes.identity(pid)));
            assertThat(all)
                    .allMatch(id -> Processes.TABLE.find(id.pid()).orElseThrow().group() == dead.pid());
        }

        static Trial.Program program(Trial trial) {
            return trial.script("n=0; trap 'n=$((n+1)); echo TERM $n' TERM; sleep 1000 & echo $!; sleep 1000 & echo $!;"
                            + " echo ready; while [ $n -lt 2 ]; do wait; done")
                    .withOnly(Map.of("PATH", System.getenv("PATH")));
        }

        void loseLeader() {
            leader.signal(Signal.KILL);
            Await.result(leader.exit());
            leader.reap();
            all.remove(leader.id());
        }

        void assertUntouched() {
            assertThat(all)
                    .allMatch(Processes::isAlive)
                    .noneMatch(
                            id -> Processes.TABLE.find(id.pid()).orElseThrow().state() == RunState.STOPPED);
            if (all.contains(leader.id())) {
                // Had one arrived before, this would be the second.
                assertThat(leader.signal(Signal.TERM)).isTrue();
                List<String> lines = Await.lines(trial.stdout(leader), 4);
                assertThat(lines.subList(2, 4)).containsExactly("ready", "TERM 1");
            }
            Processes.kill(Inside.STRANGE, Set.copyOf(all));
        }
    }
}
