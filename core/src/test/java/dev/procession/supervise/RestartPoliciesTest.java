package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The policies of the earlier systems with real processes and short pauses. That a pause is long enough is told by the
 * times that the processes write themselves; how long it was meant to be, by what is told of it.
 */
class RestartPoliciesTest {

    /** Each run notes when it begins, and knows which it is. */
    private static final String RUN = "date +%s%N >>times; n=$(wc -l <times); ";

    @TempDir
    Path folder;

    private final List<Duration> pauses = new CopyOnWriteArrayList<>();
    private final RecordedEvents events = new RecordedEvents();
    private Supervisor supervisor;

    @BeforeEach
    void supervise() {
        supervisor = Supervisor.builder()
                .folder(folder)
                .progress(new Progress() {
                    @Override
                    public void restarting(SupervisedProcess process, String cause, Duration pause) {
                        pauses.add(pause);
                    }
                })
                .build(Backends.nativeOne());
        supervisor.subscribe("test", events);
    }

    @AfterEach
    void close() {
        supervisor.close();
        assertThat(Processes.workingIn(folder)).isEmpty();
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static ProcessSpec.Builder program(String script, RestartPolicy policy) {
        return ProcessSpec.command("sh", "-c", RUN + script)
                .name("program")
                .stop(Stage.PATIENT)
                .restart(policy);
    }

    /** Running at once, as with most of the earlier systems. */
    private SupervisedProcess start(String script, RestartPolicy policy) {
        return supervisor.start(
                program(script, policy.startSeconds(Duration.ZERO)).build());
    }

    private static void awaitFinalEnd(SupervisedProcess process) {
        Await.until("it has ended for good", () -> process.lifecycle().isDown());
    }

    private List<Duration> gaps() throws IOException {
        List<Long> times;
        try (Stream<String> lines = Files.lines(folder.resolve("program/work/times"))) {
            times = lines.map(Long::valueOf).toList();
        }
        List<Duration> gaps = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            gaps.add(Duration.ofNanos(times.get(i) - times.get(i - 1)));
        }
        return gaps;
    }

    private void assertPauses(Duration... expected) throws IOException {
        Await.until("all is told", () -> pauses.size() >= expected.length);
        assertThat(pauses).containsExactly(expected);
        List<Duration> gaps = gaps();
        assertThat(gaps).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(gaps.get(i)).as("gap " + i + " of " + gaps).isGreaterThanOrEqualTo(expected[i]);
        }
    }

    @Test
    void neverComesUp_growingPauses_isGivenUpAfterOneMoreThanTheRetries() throws IOException {
        assertThatThrownBy(() -> supervisor.start(program(
                                "exit 1",
                                RestartPolicy.unexpected()
                                        .backoff(Backoff.linear(millis(50)))
                                        .startSeconds(Duration.ofSeconds(60)))
                        .build()))
                .isInstanceOf(StartFailedException.class)
                .hasMessageStartingWith(
                        "'program' was given up after 4 starts: exited too quickly: exit code 1; its log may"
                                + " have details\n");

        assertPauses(millis(50), millis(100), millis(150));
    }

    @Test
    void neverComesUp_evenWithAnExpectedExitCode_isGivenUp() throws IOException {
        assertThatThrownBy(() -> supervisor.start(program(
                                "exit 0",
                                RestartPolicy.unexpected()
                                        .backoff(Backoff.linear(millis(10)))
                                        .startRetries(1)
                                        .startSeconds(Duration.ofSeconds(60)))
                        .build()))
                .hasMessageStartingWith(
                        "'program' was given up after 2 starts: exited too quickly: exit code 0; its log may"
                                + " have details\n");

        assertPauses(millis(10));
    }

    @Test
    void diesEarly_pausesDoubleUntilOneLivesLong() throws IOException {
        SupervisedProcess process = start(
                "case $n in 4) sleep 1.6; exit 1;; 6) exit 55;; *) exit 1;; esac",
                RestartPolicy.untilExit(55)
                        .backoff(Backoff.exponential(millis(30), Duration.ofHours(1))
                                .threshold(millis(1500))));
        awaitFinalEnd(process);

        assertThat(process.exitStatus()).contains(new ExitStatus.Code(55));
        assertPauses(millis(30), millis(60), millis(120), Duration.ZERO, millis(30));
    }

    @Test
    void diesEarly_pausesDoubleUpToTheLongest() throws IOException {
        SupervisedProcess process = start(
                "[ $n -lt 6 ] || exit 55; exit 0",
                RestartPolicy.untilExit(55).backoff(Backoff.exponential(millis(20), millis(50))));
        awaitFinalEnd(process);

        assertPauses(millis(20), millis(40), millis(50), millis(50), millis(50));
    }

    @Test
    void sameCommandUntilItStaysAway_pausesAreAllTheSame() throws IOException {
        SupervisedProcess process = start(
                "case $n in 1|2) exit 7;; 3) exit 0;; *) exit 55;; esac",
                RestartPolicy.watchProcessAndRestart().backoff(Backoff.fixed(millis(40))));
        awaitFinalEnd(process);

        assertThat(process.exitStatus()).contains(new ExitStatus.Code(55));
        assertThat(process.unexpectedDeath()).isEmpty();
        assertPauses(millis(40), millis(40), millis(40));
    }

    @Test
    void failuresOnly_aSignalIsOneAndCodeZeroIsFinal() throws IOException {
        SupervisedProcess process = start(
                "case $n in 1) exit 3;; 2) kill -KILL $$;; *) exit 0;; esac",
                RestartPolicy.processman().backoff(Backoff.randomUpTo(millis(50))));
        awaitFinalEnd(process);

        assertThat(process.restarts()).isEqualTo(2);
        assertThat(process.state()).isEqualTo(ProcessState.EXITED);
        assertThat(process.exitStatus()).contains(new ExitStatus.Code(0));
        assertThat(gaps()).hasSize(2);
        assertThat(pauses).hasSize(2).allMatch(pause -> pause.compareTo(millis(50)) < 0);
    }

    @Test
    void unexpectedEndsOnly_anExpectedCodeIsFinal() {
        SupervisedProcess process = supervisor.start(program(
                        "case $n in 1) exit 1;; 2) kill -TERM $$;; *) exit 2;; esac",
                        RestartPolicy.unexpected()
                                .backoff(Backoff.fixed(millis(5)))
                                .startSeconds(Duration.ZERO))
                .expectedExitCodes(0, 2)
                .build());
        awaitFinalEnd(process);

        assertThat(process.restarts()).isEqualTo(2);
        assertThat(process.state()).isEqualTo(ProcessState.EXITED);
        assertThat(process.exitStatus()).contains(new ExitStatus.Code(2));
    }

    @Test
    void listedEndsOnly_anotherCodeIsFinal() {
        SupervisedProcess process = start(
                "case $n in 1) exit 3;; 2) exit 4;; *) exit 5;; esac",
                RestartPolicy.onListedExit(3, 4).backoff(Backoff.fixed(millis(5))));
        awaitFinalEnd(process);

        assertThat(process.restarts()).isEqualTo(2);
        assertThat(process.exitStatus()).contains(new ExitStatus.Code(5));
    }

    @Test
    void readyButDeadBeforeItsStartSeconds_isAFailedStart() {
        SupervisedProcess process = supervisor.start(program(
                        "echo ready; [ $n -gt 1 ] || exit 1; exec sleep 1000",
                        RestartPolicy.onFailure()
                                .backoff(Backoff.fixed(millis(5)))
                                .startSeconds(millis(800)))
                .ready(Readiness.DEFAULT.log("^ready$"))
                .build());

        assertThat(process.restarts()).isEqualTo(1);
        assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(livedFor(process)).isGreaterThanOrEqualTo(millis(800));
    }

    /**
     * Since its last start began, which is before the spawn, as with supervisord. By the wall clock, which is not the one by
     * which it is measured: they may differ a little.
     */
    private Duration livedFor(SupervisedProcess process) {
        Instant begun = events.of(process.name()).stream()
                .filter(event ->
                        event instanceof SupervisionEvent.StateChanged changed && changed.to() == ProcessState.STARTING)
                .map(SupervisionEvent::at)
                .reduce((earlier, later) -> later)
                .orElseThrow();
        return Duration.between(begun, Instant.now()).plus(millis(20));
    }

    @Test
    void withoutReadiness_livingForItsStartSecondsIsEnough() {
        SupervisedProcess process = supervisor.start(program(
                        "[ $n -gt 2 ] || exit 1; exec sleep 1000",
                        RestartPolicy.onFailure()
                                .backoff(Backoff.fixed(millis(5)))
                                .startSeconds(Duration.ofSeconds(2)))
                .build());

        assertThat(process.restarts()).isEqualTo(2);
        assertThat(process.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(livedFor(process)).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void environmentAndDirectory_areThoseOfEveryRun() {
        SupervisedProcess process =
                supervisor.start(Stage.script("program", "echo \"$COLOUR in $PWD\"; echo ready; exec sleep 1000")
                        .environment("COLOUR", "blue")
                        .restart(RestartPolicy.onFailure().backoff(Backoff.fixed(millis(5))))
                        .build());
        process.crash();
        process.awaitReady(Duration.ofSeconds(60));

        String line = "blue in " + process.directory();
        assertThat(process.log().allRuns().lines()).containsExactly(line, "ready", line, "ready");
    }

    @Test
    void stop_byTheSignalItWasGiven_isNoFailureAndFinal() {
        SupervisedProcess process = supervisor.start(Stage.script("program", "echo ready; exec sleep 1000")
                .stop(Stage.PATIENT.signal(Signal.QUIT))
                .restart(RestartPolicy.always().backoff(Backoff.fixed(Duration.ZERO)))
                .build());

        process.stop();

        assertThat(process.exitStatus().orElseThrow().shellCode()).hasValue(128 + 3);
        assertThat(process.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(process.unexpectedDeath()).isEmpty();
        assertThat(pauses).isEmpty();
    }
}
