package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.os.OperatingSystem;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ShutDownException;
import dev.procession.process.Signal;
import dev.procession.process.SupervisionFault;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a supervisor: within a bound, and for good. */
class ShutdownTest {

    /** They ask, or end it again. */
    private static final Set<String> HARMLESS = Set.of("processes", "process", "info", "state", "close", "shutdown");

    @TempDir
    Path folder;

    private final OperatingSystem system = Backends.nativeOne();

    private Supervisor supervisor() {
        return Supervisor.builder().folder(folder).build(system);
    }

    private static List<ProcessId> addDeafOnes(Supervisor supervisor) {
        List<SupervisedProcess> added = new ArrayList<>();
        for (int priority : List.of(1, 50, 900)) {
            added.add(supervisor.add(
                    Stage.script("deaf-" + priority, "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.01; done")
                            .priority(priority)
                            .build()));
        }
        Await.until("all run", () -> added.stream().allMatch(process -> process.state() == ProcessState.RUNNING));
        return added.stream().map(SupervisedProcess::id).toList();
    }

    /** The grace period of each is five minutes: without the bound this would never end. */
    @Test
    void shutdown_noneHeedsTheSignal_allAreDeadWithinTheBound() {
        Supervisor supervisor = supervisor();
        List<ProcessId> deaf = addDeafOnes(supervisor);

        supervisor.shutdown(Duration.ofSeconds(1));

        assertThat(deaf).noneMatch(Processes::isAlive);
        assertThat(Processes.workingIn(folder)).isEmpty();
        assertThat(supervisor.state()).isEqualTo(SupervisorState.STOPPED);
        assertThat(supervisor.processes())
                .extracting(process ->
                        process.exitStatus().orElseThrow().shellCode().orElseThrow())
                .containsOnly(128 + 9);
    }

    @Test
    void shutdown_otherThreadStopsWithoutABound_isHeldUpByNothing() {
        Supervisor supervisor = supervisor();
        List<ProcessId> deaf = addDeafOnes(supervisor);
        FutureTask<Boolean> close = new FutureTask<>(supervisor::close, true);
        new Thread(close).start();
        Stage.awaitLine(supervisor.process("deaf-900").orElseThrow(), "TERM");

        supervisor.shutdown(Duration.ZERO);

        assertThat(deaf).noneMatch(Processes::isAlive);
        assertThat(Await.result(close)).isTrue();
        assertThat(supervisor.state()).isEqualTo(SupervisorState.STOPPED);
    }

    @Test
    void shutdown_interrupted_killsAtOnceAndKeepsTheInterrupt() throws Exception {
        Supervisor supervisor = supervisor();
        List<ProcessId> deaf = addDeafOnes(supervisor);
        FutureTask<Boolean> shutdown = new FutureTask<>(() -> {
            supervisor.shutdown(Duration.ofHours(1));
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = new Thread(shutdown);
        thread.start();
        Stage.awaitLine(supervisor.process("deaf-900").orElseThrow(), "TERM");
        assertThat(supervisor.state()).isEqualTo(SupervisorState.SHUTDOWN);

        thread.interrupt();

        assertThat(Await.result(shutdown)).isTrue();
        assertThat(deaf).noneMatch(Processes::isAlive);
    }

    @Test
    void shutdown_startIsPending_isNotStarted() {
        Supervisor supervisor = supervisor();
        SupervisedProcess web = supervisor.add(Stage.script("web", "exit 3")
                .restart(RestartPolicy.unexpected()
                        .backoff(Backoff.fixed(Duration.ofMillis(100)))
                        .unlimited())
                .build());
        Await.until("it waits", () -> web.state() == ProcessState.BACKOFF);

        supervisor.shutdown(Duration.ofSeconds(10));

        assertThat(web.state().isStopped()).isTrue();
        int runs = web.restarts();
        assertThat(web.lifecycle().isDown()).isTrue();
        assertThat(web.restarts()).isEqualTo(runs);
    }

    @Test
    void shutdown_wrongBound_isRefused() {
        try (Supervisor supervisor = supervisor()) {
            assertThatThrownBy(() -> supervisor.shutdown(Duration.ofSeconds(-1)))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'bound' is PT-1S; give a duration between 0 and a year");
            assertThat(supervisor.state()).isEqualTo(SupervisorState.RUNNING);
        }
    }

    @Test
    void close_twice_changesNothing() {
        Story story = new Story();
        Supervisor supervisor = Supervisor.builder().folder(folder).idle().build(system);
        supervisor.subscribe("story", story);

        supervisor.close();
        supervisor.close();
        supervisor.shutdown(Duration.ZERO);

        assertThat(supervisor.state()).isEqualTo(SupervisorState.STOPPED);
        assertThat(story.lines()).containsExactly("supervisor STOPPED -> SHUTDOWN", "supervisor SHUTDOWN -> STOPPED");
    }

    @Test
    void anyCall_afterTheEnd_throws() throws Exception {
        Supervisor supervisor = supervisor();
        ProcessSpec spec = Stage.script("web", "echo ready; exec sleep 1000").build();
        supervisor.add(spec);
        supervisor.shutdown(Duration.ofSeconds(10));
        Map<Class<?>, Object> arguments = Map.of(
                String.class,
                "web",
                boolean.class,
                false,
                Signal.class,
                Signal.HUP,
                ProcessSpec.class,
                spec,
                ProcessGroup.class,
                ProcessGroup.of("group", spec),
                List.class,
                List.of(spec),
                Consumer.class,
                (Consumer<Object>) event -> {});

        Map<String, String> answers = new TreeMap<>();
        for (Method method : Supervisor.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers())
                    && !Modifier.isStatic(method.getModifiers())
                    && !HARMLESS.contains(method.getName())) {
                answers.put(signature(method), answer(supervisor, method, arguments));
            }
        }

        String open = "Expected an open supervisor to ";
        String shut = ", but it was shut down";
        String another = shut + "; open another one";
        assertThat(answers)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("add(ProcessSpec)", open + "add 'web'" + another),
                        Map.entry("add(ProcessGroup)", open + "add 'group'" + another),
                        Map.entry("open()", open + "be opened" + another),
                        Map.entry("remove(String)", open + "remove 'web'" + another),
                        Map.entry("start(ProcessSpec)", open + "start 'web'" + shut),
                        Map.entry("startAll(List)", open + "start 'web'" + shut),
                        Map.entry("start(String)", open + "start 'web'" + another),
                        Map.entry("start(String, boolean)", open + "start 'web'" + another),
                        Map.entry("startAll()", open + "start all" + another),
                        Map.entry("stop(String)", open + "stop 'web'" + another),
                        Map.entry("stop(String, boolean)", open + "stop 'web'" + another),
                        Map.entry("stopAll()", open + "stop all" + another),
                        Map.entry("kill(String)", open + "kill 'web'" + another),
                        Map.entry("killAll()", open + "kill all" + another),
                        Map.entry("restart(String)", open + "restart 'web'" + another),
                        Map.entry("restart(String, boolean)", open + "restart 'web'" + another),
                        Map.entry("restartAll()", open + "restart all" + another),
                        Map.entry("signal(String, Signal)", open + "send HUP to 'web'" + another),
                        Map.entry("tell(String, String)", open + "tell of 'web'" + another),
                        Map.entry("subscribe(String, Consumer)", open + "tell 'web' of its events, but it is closed")));
        assertThat(supervisor.processes()).extracting(SupervisedProcess::state).containsExactly(ProcessState.STOPPED);
    }

    private static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String answer(Supervisor supervisor, Method method, Map<Class<?>, Object> arguments)
            throws IllegalAccessException {
        try {
            Object result = method.invoke(
                    supervisor,
                    Arrays.stream(method.getParameterTypes())
                            .map(arguments::get)
                            .toArray());
            return "no exception, but " + result;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ShutDownException shutDown) {
                assertThat(shutDown.fault()).isEqualTo(SupervisionFault.SHUTDOWN_STATE);
            } else {
                assertThat(e.getCause()).isExactlyInstanceOf(IllegalStateException.class);
            }
            return e.getCause().getMessage();
        }
    }

    @Test
    void threads_nobodyUsesIt_haveGone() throws Exception {
        assertThat(ChildJvm.of(Forgotten.class)
                        .nativeAccess()
                        .run(folder)
                        .expectSuccess()
                        .stdout())
                .isEqualTo("used\nforgotten\nclosed\n");
    }

    /** Has been used, and is open; then closed while something was due in an hour. */
    public static final class Forgotten {
        public static void main(String[] arguments) {
            Supervisor supervisor = Supervisor.create(Path.of("run"));
            supervisor.subscribe("nobody", event -> {});
            supervisor.add(Stage.script("web", "echo ready; exec sleep 1000").build());
            Await.until("it runs", () -> supervisor.info().get(0).state() == ProcessState.RUNNING);
            assertThat(threads()).isNotEmpty();
            System.out.println("used");
            Await.until("no thread is left", () -> threads().isEmpty());
            System.out.println("forgotten");
            supervisor.add(Stage.script("late", "exit 3")
                    .restart(RestartPolicy.unexpected().backoff(Backoff.fixed(Duration.ofHours(1))))
                    .build());
            Await.until(
                    "it waits", () -> supervisor.process("late").orElseThrow().state() == ProcessState.BACKOFF);
            supervisor.close();
            Await.until("no thread is left", () -> threads().isEmpty());
            System.out.println("closed");
        }

        private static Set<String> threads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.equals("procession-work")
                            || name.equals("procession-events")
                            || name.equals("procession-console"))
                    .collect(Collectors.toSet());
        }
    }
}
