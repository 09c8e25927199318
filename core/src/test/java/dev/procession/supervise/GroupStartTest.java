package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.procession.launch.CommandText;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes that are started together. */
class GroupStartTest {

    private static final String SLEEPS = "echo ready; exec sleep 1000";

    /** Says in a file that is common to all ({@code $1}) when it begins and ends. */
    private static final String TELLS = "trap 'echo \"stopping $2\" >> \"$1\"; sleep 0.1;"
            + " echo \"stopped $2\" >> \"$1\"; exit 0' TERM; echo \"begun $2\" >> \"$1\"; sleep 0.1;"
            + " echo \"ready $2\" >> \"$1\"; echo ready; while :; do sleep 0.02; done";

    @TempDir
    Path folder;

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    private static ProcessSpec sleeps(String name, String... dependsOn) {
        return Stage.script(name, SLEEPS).dependsOn(dependsOn).build();
    }

    private ProcessSpec tells(String name, String... dependsOn) {
        return Stage.script(name, TELLS, common().toString(), name)
                .dependsOn(dependsOn)
                .build();
    }

    private Path common() {
        return folder.resolve("common");
    }

    private static void assertRefused(Stage stage, String message, ProcessSpec... specs) {
        assertThatThrownBy(() -> stage.supervisor().startAll(List.of(specs)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage(message);
        assertThat(stage.supervisor().processes()).isEmpty();
    }

    @Test
    void startAll_nothing_isNothing() {
        try (Stage stage = stage()) {
            assertThat(stage.supervisor().startAll(List.of())).isEmpty();
        }
    }

    /** One after the other, neither would ever be ready. */
    @Test
    void startAll_independentOnes_startAtTheSameTime() {
        String waits = "touch \"$1/$2\"; until [ -e \"$1/$3\" ]; do sleep 0.02; done; " + SLEEPS;
        try (Stage stage = stage()) {
            List<SupervisedProcess> both = stage.supervisor()
                    .startAll(List.of(
                            Stage.script("one", waits, folder.toString(), "a", "b")
                                    .build(),
                            Stage.script("two", waits, folder.toString(), "b", "a")
                                    .build()));

            assertThat(both).extracting(SupervisedProcess::name).containsExactly("one", "two");
            assertThat(both).allMatch(SupervisedProcess::isReady);
        }
    }

    @Test
    void startAll_dependentOnes_startAndStopInTheirOrder() {
        try (Stage stage = stage()) {
            stage.supervisor().startAll(List.of(tells("web", "api"), tells("api", "db"), tells("db")));
        }
        assertThat(common())
                .hasContent(String.join(
                        "\n",
                        "begun db",
                        "ready db",
                        "begun api",
                        "ready api",
                        "begun web",
                        "ready web",
                        "stopping web",
                        "stopped web",
                        "stopping api",
                        "stopped api",
                        "stopping db",
                        "stopped db"));
    }

    @Test
    void start_oneAfterTheOther_theyStopInTheirOrderToo() {
        try (Stage stage = stage()) {
            stage.supervisor().start(tells("db"));
            stage.supervisor().start(tells("api", "db"));
            stage.supervisor().stopAll();

            assertThat(common()).content().endsWith("stopping api\nstopped api\nstopping db\nstopped db\n");
        }
    }

    @Test
    void startAll_cycle_isShownWhole() {
        try (Stage stage = stage()) {
            assertRefused(
                    stage,
                    "ProcessSpec 'b': 'dependsOn' leads back to where it began: b -> c -> d -> b; take one of these"
                            + " out",
                    sleeps("a", "b"),
                    sleeps("b", "c"),
                    sleeps("c", "d"),
                    sleeps("d", "b"));
        }
    }

    @Test
    void startAll_diamond_isNoCycle() {
        try (Stage stage = stage()) {
            assertThat(stage.supervisor()
                            .startAll(List.of(
                                    sleeps("top", "left", "right"),
                                    sleeps("left", "bottom"),
                                    sleeps("right", "bottom"),
                                    sleeps("bottom"))))
                    .allMatch(SupervisedProcess::isReady);
        }
    }

    @Test
    void startAll_unknownDependency_isRefused() {
        try (Stage stage = stage()) {
            assertRefused(
                    stage,
                    "ProcessSpec 'api': 'dependsOn' holds \"databse\", which is no process; did you mean \"database\"?"
                            + " there are: 'database', 'queue'",
                    sleeps("api", "databse"),
                    sleeps("queue"),
                    sleeps("database"));
            assertRefused(
                    stage,
                    "ProcessSpec 'api': 'dependsOn' holds \"db\", which is no process; there is no other process",
                    sleeps("api", "db"));
        }
    }

    @Test
    void startAll_sameNameTwice_isRefused() {
        try (Stage stage = stage()) {
            assertRefused(
                    stage,
                    "ProcessSpec 'api': 'name' is \"api\", which another process of this supervisor has already; give"
                            + " one of them another 'name'",
                    sleeps("api"),
                    sleeps("api"));
        }
    }

    @Test
    void startAll_oneIsDescribedWrongly_noneIsStarted() {
        ProcessSpec wrong =
                Stage.script("wrong", SLEEPS, "${process:nothing:port}").build();
        try (Stage stage = stage()) {
            assertRefused(
                    stage,
                    "ProcessSpec 'wrong': 'command' has ${process:nothing:port}, but there is no process 'nothing';"
                            + " there are: 'right', 'wrong'",
                    sleeps("right"),
                    wrong);
            assertThat(folder.resolve("right")).doesNotExist();
        }
    }

    @Test
    void startAll_oneFails_theOthersAreStoppedAndEverythingIsFreeAgain() {
        int pinned = 10000 + (int) (ProcessHandle.current().pid() % 10000);
        ProcessSpec lasting = Stage.script("lasting", SLEEPS, "${port}")
                .port("port=" + pinned)
                .build();
        ProcessSpec failing =
                Stage.script("failing", "exit 3").dependsOn("lasting").build();
        ProcessSpec never = sleeps("never", "failing");
        try (Stage stage = stage()) {
            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class, () -> stage.supervisor().startAll(List.of(never, failing, lasting)));

            assertThat(failure).isNotNull();
            assertThat(failure.process()).isEqualTo("failing");
            assertThat(failure.getMessage()).startsWith("'failing' exited before it was ready");
            assertThat(failure).hasNoSuppressedExceptions();
            assertThat(Processes.workingIn(folder)).isEmpty();
            assertThat(stage.supervisor().processes())
                    .extracting(SupervisedProcess::toString)
                    .containsExactly("'failing' FATAL (exit code 3)", "'lasting' STOPPED (killed by TERM)");

            List<SupervisedProcess> again = stage.supervisor()
                    .startAll(List.of(never, Stage.script("failing", SLEEPS).build(), lasting));

            assertThat(again).allMatch(SupervisedProcess::isReady);
            assertThat(again.get(2).port()).isEqualTo(pinned);
        }
    }

    @Test
    void startAll_oneCannotBeSpawned_theOthersAreStopped() {
        ProcessSpec missing = ProcessSpec.command("./nosuch").name("missing").build();
        try (Stage stage = stage()) {
            assertThatThrownBy(() -> stage.supervisor().startAll(List.of(sleeps("there"), missing)))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageStartingWith("'missing' could not be started: there is no file ")
                    .hasNoSuppressedExceptions();
            assertThat(Processes.workingIn(folder)).isEmpty();
            assertThat(stage.supervisor().process("missing")).isEmpty();
        }
    }

    private String notReady(String name, ProcessSpec spec) {
        return "'" + name + "' was not ready when its start was interrupted, after T of 60 s\n"
                + "  process     pid N, still running, so it was stopped\n"
                + "  waiting for log /^ready$/ (last: last line \"begun\")\n"
                + "  command     " + CommandText.of(spec.command()) + "      in "
                + folder.resolve(name).resolve("work") + "\n"
                + "  last lines of " + folder.resolve(name).resolve("stdout.log") + "\n"
                + "    begun\n"
                + "  try         start it again; an interrupt comes from a test's timeout or a cancelled build";
    }

    private static String steady(Throwable failure) {
        return failure.getMessage()
                .replaceAll("after [0-9.]+ m?s of", "after T of")
                .replaceAll("pid \\d+", "pid N")
                .replaceAll("\\(last: [^)]*\\)", "(last: last line \"begun\")");
    }

    @Test
    void startAll_interrupted_everyFailureIsToldAndNothingIsLeft() {
        ProcessSpec one = Stage.script("one", "echo begun; exec sleep 1000").build();
        ProcessSpec two = Stage.script("two", "echo begun; exec sleep 1000").build();
        Thread starter = Thread.currentThread();
        try (Stage stage = stage()) {
            Future<Boolean> interrupt = Await.async(() -> {
                Await.lines(folder.resolve("one/stdout.log"), 1);
                Await.lines(folder.resolve("two/stdout.log"), 1);
                starter.interrupt();
                return true;
            });

            StartFailedException failure = catchThrowableOfType(
                    StartFailedException.class,
                    () -> stage.supervisor().startAll(List.of(one, two, sleeps("never", "one"))));

            assertThat(Thread.interrupted()).isTrue();
            Await.result(interrupt);
            // The interrupt can come between the looks at the two.
            assertThat(Stream.concat(Stream.of(failure), Arrays.stream(failure.getSuppressed()))
                            .map(GroupStartTest::steady))
                    .containsExactlyInAnyOrder(notReady("one", one), notReady("two", two));
            assertThat(Processes.workingIn(folder)).isEmpty();
            assertThat(stage.supervisor().process("never")).isEmpty();
        }
    }

    @Test
    void close_duringAGroupStart_leavesNothing() {
        String begins = "echo begun; exec sleep 1000";
        Stage stage = stage();
        Future<Throwable> start = Await.async(() -> catchThrowableOfType(
                RuntimeException.class,
                () -> stage.supervisor()
                        .startAll(List.of(
                                Stage.script("one", begins).build(),
                                Stage.script("two", begins).build(),
                                sleeps("never", "one")))));
        Await.lines(folder.resolve("one/stdout.log"), 1);
        Await.lines(folder.resolve("two/stdout.log"), 1);

        stage.close();

        assertThat(Await.result(start))
                .isInstanceOf(StartFailedException.class)
                .hasMessageMatching("(?s)'(one|two)' was stopped before it was ready.*");
        assertThat(Processes.workingIn(folder)).isEmpty();
        assertThat(folder.resolve("never")).doesNotExist();
    }

    @Test
    void start_dependencyIsDead_isRefused() {
        try (Stage stage = stage()) {
            SupervisedProcess db = stage.supervisor().start(sleeps("db"));
            db.stop();

            assertThatThrownBy(() -> stage.supervisor().start(sleeps("api", "db")))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessage("'api' could not be started: it depends on 'db' STOPPED (killed by TERM)\n"
                            + "  try         start 'db' first; look at 'dependsOn' of ProcessSpec 'api'");
            assertThat(stage.supervisor().processes()).containsExactly(db);
            assertThat(folder.resolve("api")).doesNotExist();
        }
    }

    @Test
    void startAll_referencesBothWays_eachKnowsTheOther() {
        try (Stage stage = stage()) {
            List<SupervisedProcess> both = stage.supervisor()
                    .startAll(List.of(
                            Stage.script("a", "echo \"$@\"; " + SLEEPS, "${port}", "${process:b:port:http}")
                                    .build(),
                            Stage.script("b", "echo \"$@\"; " + SLEEPS, "${port:http}", "${process:a:port}")
                                    .port("http")
                                    .build()));
            int a = both.get(0).port();
            int b = both.get(1).port("http");

            assertThat(both.get(0).log().stdout().lines()).containsExactly(a + " " + b, "ready");
            assertThat(both.get(1).log().stdout().lines()).containsExactly(b + " " + a, "ready");
        }
    }

    @Test
    void start_refersToWhatWasStartedBefore_andToThoseOfOthers() {
        try (Stage outside = new Stage(Backends.nativeOne(), folder.resolve("outside"))) {
            SupervisedProcess shared = outside.supervisor()
                    .start(Stage.script("shared", SLEEPS, "${port}").build());
            try (Supervisor supervisor = Supervisor.builder()
                    .folder(folder.resolve("inside"))
                    .around(() -> outside.supervisor().processes())
                    .build(Backends.nativeOne())) {
                SupervisedProcess before = supervisor.start(
                        Stage.script("before", SLEEPS, "${port}").build());

                SupervisedProcess process = supervisor.start(Stage.script(
                                "api", "echo \"$@\"; " + SLEEPS, "${process:shared:port}", "${process:before:port}")
                        .dependsOn("shared", "before")
                        .build());

                assertThat(process.log().stdout().lines())
                        .containsExactly(shared.port() + " " + before.port(), "ready");
            }
            assertThat(shared.isReady()).isTrue();
        }
    }

    @Test
    void startAll_manyFail_oneIsThrownAndNothingIsLeft() throws Exception {
        Path go = folder.resolve("go");
        String waits = "until [ -e \"$1\" ]; do sleep 0.02; done; exit 4";
        try (Stage stage = stage()) {
            Future<StartFailedException> start = Await.async(() -> catchThrowableOfType(
                    StartFailedException.class,
                    () -> stage.supervisor()
                            .startAll(List.of(
                                    Stage.script("one", waits, go.toString()).build(),
                                    Stage.script("two", waits, go.toString()).build()))));
            Await.exists(folder.resolve("two/stderr.log"));
            Files.createFile(go);

            StartFailedException failure = Await.result(start);

            assertThat(failure.getMessage()).matches("(?s)'(one|two)' exited before it was ready.*");
            assertThat(Processes.workingIn(folder)).isEmpty();
        }
    }

    @Test
    void readyLine_hasTheGroupsOfTheLine() {
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("api", "echo starting; echo 'listening on 8081 as blue'; exec sleep 1000")
                            .ready(Readiness.DEFAULT.log("on (?<port>\\d+) as (\\w+)"))
                            .build());

            assertThat(process.readyLine().line()).isEqualTo("listening on 8081 as blue");
            assertThat(process.readyLine().group("port")).isEqualTo("8081");
            assertThat(process.readyLine().result().group(2)).isEqualTo("blue");
        }
    }

    @Test
    void readyLine_withoutSuchACondition_isAnError() {
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor()
                    .start(Stage.script("api", "exit 0")
                            .ready(Readiness.DEFAULT.exit(0))
                            .build());

            assertThatThrownBy(process::readyLine)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "Expected 'api' to wait for a line, but its readiness has no 'log'; add one to 'ready' of"
                                    + " ProcessSpec 'api'");
        }
    }

    @Test
    void port_thatItDoesNotHave_isAnError() {
        try (Stage stage = stage()) {
            SupervisedProcess some = stage.supervisor()
                    .start(Stage.script("some", SLEEPS, "${port}", "${port:http}")
                            .port("http")
                            .build());
            SupervisedProcess none = stage.supervisor().start(sleeps("none"));

            assertThat(some.ports().keySet()).containsExactly("port", "http");
            assertThat(some.port("port")).isEqualTo(some.port());
            assertThat(none.ports()).isEmpty();
            assertThat(none.hasPort()).isFalse();
            assertThatThrownBy(() -> some.port("admin"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "Expected 'some' to have a port 'admin', but it has port, http; declare it in 'ports' of"
                                    + " ProcessSpec 'some'");
            assertThatThrownBy(() -> none.port("admin"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'none' to have a port 'admin', but it has none; declare it in 'ports' of"
                            + " ProcessSpec 'none'");
            assertThatThrownBy(none::port)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'none' to have a port, but nothing in its description refers to ${port}; put"
                            + " it into 'command' of ProcessSpec 'none'");
        }
    }
}
