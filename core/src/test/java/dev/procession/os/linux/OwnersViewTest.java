package dev.procession.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.Sockets.Listener;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Container;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** What a root in a container sees of another user's processes: in JVMs that have been left a container's capabilities. */
class OwnersViewTest {

    private static final String ROOT_ALONE = "Gid:\t0\t0\t0\t0\nUid:\t0\t0\t0\t0";

    @TempDir
    Path folder;

    @BeforeEach
    void prepare() throws Exception {
        Container.assumePossible();
        // Nobody works below it.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private Result inContainer(Class<?> main, String... arguments) throws Exception {
        return ChildJvm.of(main, arguments)
                .nativeAccess()
                .under(Container.root())
                .run(folder)
                .expectSuccess();
    }

    private static Trial.Program asNobody(Trial trial, String... command) {
        List<String> line = new ArrayList<>(Container.nobody());
        line.addAll(List.of(command));
        return trial.program(line.get(0), line.subList(1, line.size()).toArray(String[]::new));
    }

    private static Child sleeper(Trial trial) throws Exception {
        Child child = asNobody(trial, "/bin/sleep", "1000")
                .withOnly(Map.of("ONE", "1", "UMLAUT", "\u00fc", "LONG", "x".repeat(50_000)))
                .spawn();
        Processes.awaitCommand(child.id(), "/bin/sleep", "1000");
        return child;
    }

    /** The ids by which every thread of this JVM goes: real, effective, saved, for files. */
    private static Set<String> idsOfAllThreads() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            Set<String> ids = new TreeSet<>();
            threads.forEach(thread -> ids.add(ids(thread.resolve("status"))));
            return ids;
        }
    }

    private static String ids() {
        return ids(Path.of("/proc/thread-self/status"));
    }

    private static String ids(Path status) {
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("Uid:") || line.startsWith("Gid:"))
                    .sorted()
                    .collect(Collectors.joining("\n"));
        } catch (NoSuchFileException e) {
            return ROOT_ALONE;
        } catch (UncheckedIOException e) {
            if ("No such process".equals(e.getCause().getMessage())) {
                // The thread has ended since its file was opened.
                return ROOT_ALONE;
            }
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void look_atAnotherUsersProcess_seesAllOfIt() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");

        inContainer(Look.class);
    }

    /** Looks at processes of nobody, with the eyes of {@code /proc} alone and with all. */
    public static final class Look {
        public static void main(String[] arguments) throws Exception {
            ProcfsTable plain = new ProcfsTable();
            OperatingSystem system = Backends.nativeOne();
            ProcessTable table = system.processes();
            Path here = Path.of("").toRealPath();
            try (Trial trial = new Trial(system, here)) {
                long sleeper = sleeper(trial).id().pid();
                assertThat(plain.environment(sleeper)).isEmpty();
                assertThat(table.environment(sleeper))
                        .containsExactlyInAnyOrder("ONE=1", "UMLAUT=\u00fc", "LONG=" + "x".repeat(50_000));
                assertThat(plain.workingDirectory(sleeper)).isEmpty();
                assertThat(table.workingDirectory(sleeper)).contains(here);
                assertThat(plain.outputs(sleeper)).isEmpty();
                assertThat(table.outputs(sleeper)).hasSize(2).allMatch(output -> output.startsWith(here));
                assertThat(table.socketInodes(sleeper)).isEmpty();
                assertThat(system.description()).isEqualTo("native");

                // More descriptors than one list of them holds; the last is the listener.
                Path directory = Files.createDirectory(here.resolve("gone \u00fc"));
                Child server = asNobody(
                                trial,
                                "/usr/bin/perl",
                                "-MSocket",
                                "-e",
                                "for (1 .. 900) { socket($s[$_], PF_INET, SOCK_STREAM, 0) or die $! }"
                                        + " bind($s[900], sockaddr_in(0, INADDR_LOOPBACK)) && listen($s[900], 5) or die $!;"
                                        + " syswrite(STDOUT, (sockaddr_in(getsockname($s[900])))[0] . qq(\\n));"
                                        + " sleep 1000")
                        .in(directory)
                        .spawn();
                int port = Integer.parseInt(Await.lines(trial.stdout(server), 1).get(0));
                long pid = server.id().pid();
                assertThat(plain.socketInodes(pid)).isEmpty();
                assertThat(table.socketInodes(pid))
                        .hasSize(900)
                        .doesNotHaveDuplicates()
                        .containsAll(system.sockets().listeners(port).stream()
                                .map(Listener::inode)
                                .toList());
                Files.delete(directory);
                assertThat(table.workingDirectory(pid)).contains(directory);
                assertThat(table.userId(pid)).hasValue(65534);
            }
            assertThat(idsOfAllThreads()).containsExactly(ROOT_ALONE);
        }
    }

    /** As {@code runAs} with nothing but a group makes them. */
    @Test
    void look_atAProcessOfRootInAnotherGroup_seesItToo() throws Exception {
        inContainer(OtherGroup.class);
    }

    public static final class OtherGroup {
        public static void main(String[] arguments) throws Exception {
            OperatingSystem system = Backends.nativeOne();
            try (Trial trial = new Trial(system, Path.of("").toRealPath())) {
                Child child = trial.program("/usr/bin/setpriv", "--regid", "3", "--clear-groups", "/bin/sleep", "1000")
                        .withOnly(Map.of("ONE", "1"))
                        .spawn();
                long pid = child.id().pid();
                Await.until(
                        "it is in another group",
                        () -> system.processes().commandLine(pid).equals(List.of("/bin/sleep", "1000")));

                assertThat(new ProcfsTable().environment(pid)).isEmpty();
                assertThat(system.processes().environment(pid)).containsExactly("ONE=1");
            }
            assertThat(idsOfAllThreads()).containsExactly(ROOT_ALONE);
        }
    }

    @Test
    void look_vanishesOrThrows_leavesThisThreadAsItWas() throws Exception {
        inContainer(Unlucky.class);
    }

    /** Looks at who has gone, is a zombie, or goes meanwhile; and fails in the midst of it. */
    public static final class Unlucky {
        public static void main(String[] arguments) throws Exception {
            OperatingSystem system = Backends.nativeOne();
            ProcessTable table = system.processes();
            try (Trial trial = new Trial(system, Path.of("").toRealPath())) {
                assertNothing(table, Long.MAX_VALUE);
                for (int i = 0; i < 20; i++) {
                    Child child = sleeper(trial);
                    ProcessId id = child.id();
                    Future<Boolean> killed =
                            Await.async(() -> system.signaller().send(id, Signal.KILL));
                    while (!child.exit().isDone()) {
                        table.environment(id.pid());
                        table.socketInodes(id.pid());
                        table.workingDirectory(id.pid());
                        assertThat(ids()).isEqualTo(ROOT_ALONE);
                    }
                    assertThat(Await.result(killed)).isTrue();
                    assertNothing(table, id.pid());
                }
            }
            OwnersView view = (OwnersView) OwnersView.orNone();
            assertThatThrownBy(() -> view.as(new ProcStatus(65534, 65533, 0), () -> {
                        throw new IllegalStateException("as " + setIds());
                    }))
                    .hasMessage("as Gid:\t0\t0\t0\t65533\nUid:\t0\t0\t0\t65534");
            assertThat(idsOfAllThreads()).containsExactly(ROOT_ALONE);
        }

        private static String setIds() {
            return ids();
        }

        private static void assertNothing(ProcessTable table, long pid) {
            assertThat(table.environment(pid)).isEmpty();
            assertThat(table.socketInodes(pid)).isEmpty();
            assertThat(table.workingDirectory(pid)).isEmpty();
            assertThat(ids()).isEqualTo(ROOT_ALONE);
        }
    }

    @Test
    void look_fromManyThreads_noneIsLeftAsSomebodyElse() throws Exception {
        inContainer(Many.class, "platform");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "older JVMs have no virtual threads")
    void look_fromManyVirtualThreads_noneIsLeftAsSomebodyElse() throws Exception {
        inContainer(Many.class, "virtual");
    }

    /** Looks from many threads at once, while others start processes and threads. */
    public static final class Many {
        public static void main(String[] arguments) throws Exception {
            OperatingSystem system = Backends.nativeOne();
            ProcessTable table = system.processes();
            ExecutorService threads = arguments[0].equals("virtual")
                    ? (ExecutorService) Executors.class
                            .getMethod("newVirtualThreadPerTaskExecutor")
                            .invoke(null)
                    : Executors.newFixedThreadPool(16, task -> {
                        Thread thread = new Thread(task, "test-look");
                        thread.setDaemon(true);
                        return thread;
                    });
            try (Trial trial = new Trial(system, Path.of("").toRealPath())) {
                long pid = sleeper(trial).id().pid();
                Callable<Void> look = () -> {
                    for (int i = 0; i < 20; i++) {
                        assertThat(table.environment(pid)).contains("ONE=1");
                        assertThat(ids()).isEqualTo(ROOT_ALONE);
                        assertThat(table.workingDirectory(pid)).isPresent();
                        Thread.yield();
                        assertThat(ids()).isEqualTo(ROOT_ALONE);
                        assertThat(table.socketInodes(pid)).isEmpty();
                        Future<String> newcomer = Await.async(() -> ids());
                        assertThat(Await.result(newcomer)).isEqualTo(ROOT_ALONE);
                    }
                    return null;
                };
                List<Future<Void>> looks = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    looks.add(threads.submit(look));
                }
                for (Future<Void> done : looks) {
                    Await.result(done);
                    assertThat(trial.program("/usr/bin/id", "-u").output()).isEqualTo("0\n");
                }
            }
            threads.shutdown();
            assertThat(idsOfAllThreads()).containsExactly(ROOT_ALONE);
        }
    }

    /** The kernel closes a process that changes its ids to everybody without SYS_PTRACE: even to its own kind. */
    @Test
    void look_hasChangedIds_thisJvmIsStillOpenToOthers() throws Exception {
        Result result = inContainer(Open.class);

        assertThat(result.stdout()).isEqualTo("open\n");
    }

    public static final class Open {
        public static void main(String[] arguments) throws Exception {
            OperatingSystem system = Backends.nativeOne();
            try (Trial trial = new Trial(system, Path.of("").toRealPath())) {
                Child child = sleeper(trial);
                assertThat(system.processes().environment(child.id().pid())).contains("ONE=1");
                System.out.println(trial.script(
                                "cat /proc/$1/environ >/dev/null && echo open",
                                "" + ProcessHandle.current().pid())
                        .output()
                        .strip());
            }
        }
    }

    /** Whom the first look is enough, or who may not change its ids, has no other. */
    @Test
    void orNone_notNeededOrNotPossible_isNone() throws Exception {
        List<String[]> rights = new ArrayList<>();
        rights.add(new String[] {"/usr/bin/setpriv", "--bounding-set", "-all"});
        rights.add(new String[] {"/usr/bin/setpriv", "--bounding-set", "-setuid,-sys_ptrace"});
        rights.add(new String[] {"/usr/bin/setpriv", "--bounding-set", "-setgid,-sys_ptrace"});
        // Whom no permission stops finds the classes of this build wherever they are.
        rights.add(new String[] {
            "/usr/bin/setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override"
        });
        long own = ProcStatus.of(ProcessHandle.current().pid()).orElseThrow().capabilities();
        if ((own >> 19 & 1) == 1) {
            rights.add(new String[] {"/usr/bin/env"});
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        for (String[] right : rights) {
            Result result = ChildJvm.of(OrNone.class)
                    .nativeAccess()
                    .under(right)
                    .run(folder)
                    .expectSuccess();

            assertThat(result.stdout() + result.stderr())
                    .as(String.join(" ", right))
                    .isEqualTo("none, native\n");
        }
        assertThat(inContainer(OrNone.class).stdout()).isEqualTo("one, native\n");
    }

    public static final class OrNone {
        public static void main(String[] arguments) {
            System.out.println((OwnersView.orNone() == SecondLook.NONE ? "none, " : "one, ")
                    + Backends.nativeOne().description());
        }
    }
}
