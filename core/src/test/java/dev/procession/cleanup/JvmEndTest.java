package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandResolver;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunAs;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.UnusableCommandException;
import dev.procession.os.Child;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import dev.procession.process.Signal;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every way in which a JVM can end, and what is hardest to end: a database with a query under way, a server that has
 * made a daemon of itself, and a program that does all it can to stay. Whatever happens, they are gone afterwards, and
 * nobody else is.
 */
class JvmEndTest {

    enum End {
        EXIT(4, true),
        ERROR(1, true),
        INT(128 + 2, true),
        TERM(128 + 15, true),
        HUP(128 + 1, true),
        HALT(3, false),
        OUT_OF_MEMORY(3, false),
        KILL(128 + 9, false),
        PAUSE_AND_KILL(128 + 9, false),
        KILL_AFTER_WATCHDOG(128 + 9, false);

        private final int exitCode;

        /** Whether the JVM has the time to stop what it has started. */
        private final boolean inOrder;

        End(int exitCode, boolean inOrder) {
            this.exitCode = exitCode;
            this.inOrder = inOrder;
        }
    }

    /** Debian has neither on everybody's PATH. */
    private static final String[] SEARCH_PATH = {"/usr/lib/postgresql/*/bin", "/usr/sbin"};

    /** As a daemon it has nothing of its starter: another parent, a session of its own, and a title over its variables. */
    private static final String NGINX_CONFIGURATION = """
            daemon on;
            user root;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path temp-body;
                proxy_temp_path temp-proxy;
                fastcgi_temp_path temp-fastcgi;
                uwsgi_temp_path temp-uwsgi;
                scgi_temp_path temp-scgi;
                server {
                    listen 127.0.0.1:@{port};
                    return 200 "served";
                }
            }
            """;

    /**
     * Ignores what it is asked, lets two chains of processes fork for ever, of which one has a session of its own, makes a
     * daemon, has a child without standard streams, and complains all the time. All of them hold the pipe $1 open.
     */
    private static final String MISBEHAVING = """
            trap '' TERM INT HUP
            exec 9>"$1"
            chain='select undef, undef, undef, 0.05 while !fork'
            perl -e "$chain" &
            setsid perl -e "$chain" &
            (setsid sh -c 'sleep 1000 & exec sleep 1000' &)
            sh -c 'exec 0<&- 1>&- 2>&-; sleep 1000 & wait' &
            perl -e 'print STDERR "noise " x 1000 while !select undef, undef, undef, 0.02' &
            echo ready
            while :; do sleep 1; done
            """;

    /** A folder whose name begins as that of the victim's nginx does. */
    private static final String OTHERS = "nginx-of-others";

    private static final StopPolicy PATIENT = StopPolicy.DEFAULT.gracePeriod(Duration.ofMinutes(5));

    /** Starts everything, says so, and ends as it is told, or waits to be ended. */
    static final class VictimMain {

        private VictimMain() {}

        public static void main(String[] arguments) throws Exception {
            Path here = Path.of("").toAbsolutePath();
            Supervisor supervisor = Supervisor.create(here.resolve("processes"));
            supervisor.startAll(List.of(initdb(), postgres(), query(), nginx(here), misbehaving(here)));
            Files.writeString(
                    here.resolve("up"), port(supervisor, "postgres") + "\n" + port(supervisor, "nginx") + "\n");
            Await.exists(here.resolve("end"));
            switch (End.valueOf(arguments[0])) {
                case EXIT -> System.exit(End.EXIT.exitCode);
                case ERROR -> throw new AssertionError("thrown on purpose");
                case HALT -> Runtime.getRuntime().halt(End.HALT.exitCode);
                case OUT_OF_MEMORY -> {
                    long[][] hoard = new long[1_000_000][];
                    for (int i = 0; i < hoard.length; i++) {
                        hoard[i] = new long[1_000_000];
                    }
                }
                default -> Thread.sleep(600_000);
            }
        }

        private static int port(Supervisor supervisor, String name) {
            return supervisor.process(name).map(SupervisedProcess::port).orElseThrow();
        }

        private static ProcessSpec initdb() {
            return ProcessSpec.command(
                            "initdb",
                            "--pgdata=${directory}/data",
                            "--username=test",
                            "--auth=trust",
                            "--no-locale",
                            "--no-sync")
                    .searchPath(SEARCH_PATH)
                    .runAs(RunAs.UNCHANGED.user("postgres"))
                    .ready(Readiness.DEFAULT.exit(0))
                    .build();
        }

        private static ProcessSpec postgres() {
            return ProcessSpec.command(
                            "postgres",
                            "-D",
                            "${process:initdb:directory}/data",
                            "--listen_addresses=127.0.0.1",
                            "--port=${port}",
                            "--unix_socket_directories=",
                            "--fsync=off")
                    .searchPath(SEARCH_PATH)
                    .runAs(RunAs.UNCHANGED.user("postgres"))
                    .dependsOn("initdb")
                    .ready(Readiness.DEFAULT.log("database system is ready to accept connections"))
                    .stop(PATIENT.signal(Signal.INT))
                    .build();
        }

        /** Keeps a process of the server busy, which therefore does not notice when the server is gone. */
        private static ProcessSpec query() {
            return ProcessSpec.command(
                            "psql",
                            "--host=127.0.0.1",
                            "--port=${process:postgres:port}",
                            "--username=test",
                            "--dbname=postgres",
                            "--no-psqlrc",
                            "--command=do 'begin raise notice ''busy''; loop end loop; end'")
                    .name("query")
                    .searchPath(SEARCH_PATH)
                    .dependsOn("postgres")
                    .ready(Readiness.DEFAULT.log("busy"))
                    .stop(PATIENT)
                    .build();
        }

        private static ProcessSpec nginx(Path here) throws IOException {
            Path template = Files.writeString(here.resolve("nginx.conf"), NGINX_CONFIGURATION);
            return ProcessSpec.command(
                            "sh",
                            "-c",
                            "\"$1\" -e stderr -p . -c nginx.conf && echo ready && exec sleep 1000",
                            "sh",
                            program("nginx").orElseThrow().toString())
                    .name("nginx")
                    .file(template.toString(), "nginx.conf")
                    .ready(Readiness.DEFAULT.log("^ready$"))
                    .stop(PATIENT)
                    .build();
        }

        private static ProcessSpec misbehaving(Path here) {
            return ProcessSpec.command("sh", "-c", MISBEHAVING, "sh", here + "/witness")
                    .name("misbehaving")
                    // Last, so that the chains are not long.
                    .dependsOn("query", "nginx")
                    .ready(Readiness.DEFAULT.log("^ready$"))
                    .stop(StopPolicy.DEFAULT.gracePeriod(Duration.ofMillis(300)))
                    .build();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aJvmThatEnds_howeverItDoes_leavesNothingAndTouchesNobodyElse(End end, @TempDir Path folder) throws Exception {
        for (String program : List.of("initdb", "postgres", "psql", "nginx", "perl", "setsid", "mkfifo")) {
            assumeTrue(program(program).isPresent(), () -> "needs " + program);
        }
        // As root, PostgreSQL runs as a user of its own, who must be able to get to its folder.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        Path home = Files.createDirectory(folder.resolve("victim"));
        Path elsewhere = Files.createDirectories(home.resolve("processes/" + OTHERS));
        Future<Integer> witness = witness(home.resolve("witness"));
        try (Trial others = new Trial(Backends.nativeOne(), elsewhere);
                Victim victim = Victim.start(end, home)) {
            ProcessId server = nginx(others, elsewhere);
            ProcessId older = orphan(others);
            victim.awaitStarted();
            ProcessId younger = orphan(others);

            victim.end();

            if (end.inOrder) {
                assertThat(victim.alive()).as("alive after the JVM").isEmpty();
                assertThat(home.resolve("processes/postgres/stderr.log"))
                        .content()
                        .endsWith("database system is shut down\n");
            }
            victim.awaitNothingIsLeft();
            assertThat(Await.result(witness))
                    .as("what is read when nobody has it open any more")
                    .isEqualTo(-1);
            assertThat(List.of(server, older, younger)).as("others").allMatch(JvmEndTest::isUntouched);
        }
    }

    /** Ends when the last process that has inherited it is gone: it knows them all, however short they live. */
    private static Future<Integer> witness(Path pipe) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        return Await.async(() -> {
            try (InputStream in = new FileInputStream(pipe.toFile())) {
                return in.read();
            }
        });
    }

    /** Somebody's own server, without a cookie. One process, since a master would replace a worker while it is ended. */
    private static ProcessId nginx(Trial others, Path folder) throws Exception {
        Files.writeString(
                folder.resolve("nginx.conf"),
                NGINX_CONFIGURATION
                        .replace("daemon on;", "daemon off; master_process off;")
                        .replace("127.0.0.1:@{port}", "unix:nginx.sock"));
        Child nginx = others.program(
                        program("nginx").orElseThrow().toString(), "-e", "stderr", "-p", ".", "-c", "nginx.conf")
                .withOnly(Map.of("LC_ALL", "C"))
                .spawn();
        Await.exists(folder.resolve("nginx.sock"));
        return nginx.id();
    }

    /** Somebody's own orphan, without a cookie: of those that belong to nobody, only the place tells. */
    private static ProcessId orphan(Trial others) throws Exception {
        Child parent = others.script("sleep 1000 >/dev/null 2>&1 & echo $!")
                .withOnly(Map.of("LC_ALL", "C"))
                .spawn();
        return Processes.identity(others.output(parent).strip());
    }

    private static boolean isUntouched(ProcessId id) {
        return Processes.TABLE
                .find(id.pid())
                .filter(row -> row.id().equals(id) && !row.isDead() && row.state() != RunState.STOPPED)
                .isPresent();
    }

    private static Optional<Path> program(String name) {
        try {
            return Optional.of(
                    new CommandResolver(Path.of(""), Optional.of(System.getenv("PATH")), List.of(SEARCH_PATH))
                            .resolve(name));
        } catch (UnusableCommandException e) {
            return Optional.empty();
        }
    }

    /** The JVM that is to end, and what it has started. */
    private static final class Victim implements AutoCloseable {

        private final End end;
        private final Path folder;
        private final Process process;
        private final ProcessId jvm;
        private final Map<ProcessId, String> started = new HashMap<>();
        private Set<ProcessId> watchdogs = Set.of();
        private List<Integer> ports = List.of();

        private Victim(End end, Path folder, Process process) {
            this.end = end;
            this.folder = folder;
            this.process = process;
            this.jvm = Processes.identity(process.pid());
        }

        static Victim start(End end, Path folder) throws IOException {
            return new Victim(
                    end,
                    folder,
                    ChildJvm.of(VictimMain.class, end.name())
                            // They may be ignored where this build was started, and that would be inherited.
                            .under("env", "--default-signal=INT,HUP")
                            .nativeAccess()
                            .option("-XX:+ExitOnOutOfMemoryError")
                            .start(folder));
        }

        /** The names of those of what it has started, the watchdog aside, that still live. */
        List<String> alive() {
            return started.entrySet().stream()
                    .filter(entry -> Processes.isAlive(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .sorted()
                    .toList();
        }

        void awaitStarted() throws IOException {
            Await.until(
                    "it is up, or has ended: " + folder,
                    () -> Files.exists(folder.resolve("up")) || !process.isAlive());
            assertThat(process.isAlive())
                    .as(() -> read("jvm-stdout") + read("jvm-stderr"))
                    .isTrue();
            ports = Await.lines(folder.resolve("up"), 2).stream()
                    .map(Integer::valueOf)
                    .toList();
            // When a worker answers, the master has made itself unrecognisable.
            Await.until("nginx serves", () -> isServed(ports.get(1)));
            watchdogs = Processes.watchdogsOf(jvm);
            long nginx = Long.parseLong(read("processes/nginx/work/nginx.pid").strip());
            Await.until("all of it has begun", () -> {
                remember(Processes.treeOf(jvm.pid()));
                remember(Processes.treeOf(nginx));
                return alive().containsAll(List.of("postgres", "psql", "nginx", "perl", "sleep", "sh"));
            });
            started.keySet().removeAll(watchdogs);
            started.remove(jvm);
        }

        private void remember(Set<ProcessId> tree) {
            Processes.TABLE.scan().stream()
                    .filter(row -> tree.contains(row.id()))
                    .forEach(row -> started.put(row.id(), row.name()));
        }

        private static boolean isServed(int port) {
            try (InputStream in =
                    URI.create("http://127.0.0.1:" + port + "/").toURL().openStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).equals("served");
            } catch (IOException e) {
                return false;
            }
        }

        /** Brings its end about, and waits for that. */
        void end() throws Exception {
            switch (end) {
                case INT, TERM, HUP, KILL -> signal(jvm, Signal.parse(end.name()));
                case PAUSE_AND_KILL -> {
                    signal(jvm, Signal.STOP);
                    signal(jvm, Signal.KILL);
                }
                case KILL_AFTER_WATCHDOG -> {
                    Set<ProcessId> first = watchdogs;
                    assertThat(first).hasSize(1);
                    signal(first.iterator().next(), Signal.KILL);
                    Await.until(
                            "there is another watchdog",
                            () -> Processes.watchdogsOf(jvm).stream().anyMatch(id -> !first.contains(id)));
                    watchdogs = Processes.watchdogsOf(jvm);
                    signal(jvm, Signal.KILL);
                }
                default -> Files.createFile(folder.resolve("end"));
            }
            Result result = ChildJvm.await(process, folder);
            assertThat(result.exitCode()).as(result.toString()).isEqualTo(end.exitCode);
        }

        private static void signal(ProcessId id, Signal signal) {
            assertThat(Backends.nativeOne().signaller().send(id, signal)).isTrue();
        }

        void awaitNothingIsLeft() {
            started.keySet().forEach(Processes::awaitDeath);
            watchdogs.forEach(Processes::awaitDeath);
            Await.until("nothing works in " + folder, () -> working().isEmpty());
            String run = Processes.runOf(jvm);
            Await.until("nothing carries " + run, () -> Processes.marked(run).isEmpty());
            for (int port : ports) {
                Await.until(
                        "nobody listens on port " + port,
                        () -> Backends.nativeOne().sockets().listeners(port).isEmpty());
            }
        }

        private Set<ProcessId> working() {
            Path processes = folder.resolve("processes");
            Set<ProcessId> working = ids(processes);
            working.removeAll(ids(processes.resolve(OTHERS)));
            return working;
        }

        private static Set<ProcessId> ids(Path folder) {
            return Processes.workingIn(folder).stream().map(ProcessInfo::id).collect(Collectors.toSet());
        }

        private String read(String file) {
            try {
                return Files.readString(folder.resolve(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What the test has found alive must not stay after it. */
        @Override
        public void close() {
            process.destroyForcibly();
            Await.until("the JVM has ended", () -> !process.isAlive());
            Set<ProcessId> left = new HashSet<>(started.keySet());
            String run = Processes.runOf(jvm);
            Await.until("nothing is left of " + jvm, () -> {
                left.addAll(working());
                left.addAll(Processes.marked(run));
                Processes.kill(Backends.nativeOne(), left);
                return working().isEmpty() && Processes.marked(run).isEmpty();
            });
        }
    }
}
