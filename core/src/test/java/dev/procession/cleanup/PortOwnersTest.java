package dev.procession.cleanup;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.CommandText;
import dev.procession.launch.PortLeases;
import dev.procession.launch.PortLeases.Lease;
import dev.procession.launch.RunCookie;
import dev.procession.launch.StopPolicy;
import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.portable.NoSockets;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.readiness.Objection;
import dev.procession.readiness.PortOwnership;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import dev.procession.testkit.Trial;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who listens, and whether that is one of ours: with servers that are processes of their own. */
class PortOwnersTest {

    private static final List<String> BOTH_FAMILIES = List.of("127.0.0.1", "::1");
    private static final String SETPRIV = "/usr/bin/setpriv";

    private final OperatingSystem system = Backends.nativeOne();
    private final PortOwners owners = new PortOwners(system);

    @TempDir
    Path folder;

    private Lease lease;
    private int port;
    private Trial trial;

    @BeforeEach
    void begin() {
        lease = PortLeases.ofMachine().take(system.sockets());
        port = lease.port();
        trial = new Trial(system, folder);
    }

    @AfterEach
    void end() {
        trial.close();
        lease.close();
    }

    private static List<InetAddress> addresses(String... texts) {
        return List.of(texts).stream().map(PortOwnersTest::address).toList();
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static void assumeIpv6() {
        try {
            new ServerSocket(0, 1, address("::1")).close();
        } catch (IOException e) {
            assumeTrue(false, "no IPv6 on this machine");
        }
    }

    /** A server that listens already. */
    private Child server(String... addresses) throws Exception {
        return server(trial, port, addresses);
    }

    private static Child server(Trial trial, int port, String... addresses) throws Exception {
        List<String> command = serverCommand(port, addresses).command();
        return listening(
                trial,
                trial.program(command.get(0), command.subList(1, command.size()).toArray(String[]::new))
                        .spawn());
    }

    private static ChildJvm serverCommand(int port, String... addresses) {
        List<String> arguments = new ArrayList<>(List.of(Integer.toString(port)));
        arguments.addAll(List.of(addresses));
        return ChildJvm.of(Server.class, arguments.toArray(String[]::new));
    }

    /** Perl has fork. The word LISTEN in the script stands for that. */
    private Child perl(String script) throws Exception {
        Path perl = Path.of("/usr/bin/perl");
        assumeTrue(Files.isExecutable(perl), "needs perl");
        String listen = "socket(S, PF_INET, SOCK_STREAM, 0) && bind(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK))"
                + " && listen(S, 5) or die $!; syswrite(STDOUT, \"listening\\n\")";
        return listening(
                trial,
                trial.program(
                                perl.toString(),
                                "-MSocket",
                                "-e",
                                script.replace("LISTEN", listen),
                                Integer.toString(port))
                        .spawn());
    }

    private static Child listening(Trial trial, Child server) {
        assertThat(Await.lines(trial.stdout(server), 1).get(0)).isEqualTo("listening");
        return server;
    }

    /** Those that it starts while it is being looked at are found by their session. */
    private static ProcessTree tree(OperatingSystem system, Child root) {
        return new ProcessTree(
                system,
                root,
                new TreeMarks(
                        RunCookie.of(root.id(), "none-carries-this", 0),
                        Path.of("/nowhere"),
                        Set.of(),
                        StopPolicy.DEFAULT),
                id -> {});
    }

    private PortOwnership ownership(Child root) {
        return owners.ownership("own", tree(system, root));
    }

    private Optional<String> objection(Child root, List<String> probed) {
        return ownership(root)
                .objection(addresses(probed.toArray(String[]::new)), port)
                .map(Objection::who);
    }

    /** How messages name a server that a test of this JVM has started itself. */
    private static String trialServer(Child server) {
        return described(server.id()) + ", started by Procession as 'trial' in this run (JVM pid "
                + ProcessHandle.current().pid() + ")";
    }

    private static String described(ProcessId server) {
        return "pid " + server.pid() + " (" + CommandText.of(Processes.TABLE.commandLine(server.pid())) + "), up for T";
    }

    private static Optional<String> steady(Optional<String> description) {
        return description.map(text -> text.replaceAll("up for [0-9.]+ (ms|s|m)\\b", "up for T"));
    }

    /** Listens on a port of some addresses, until it is killed. Needs nothing but the JDK, so that it runs anywhere. */
    public static final class Server {
        public static void main(String[] arguments) throws Exception {
            for (int i = 1; i < arguments.length; i++) {
                ServerSocket socket = new ServerSocket();
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                socket.bind(new InetSocketAddress(InetAddress.getByName(arguments[i]), Integer.parseInt(arguments[0])));
            }
            System.out.println("listening");
            Thread.currentThread().join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::"})
    void objection_rootListens_isNone(String address) throws Exception {
        assumeIpv6();

        assertThat(objection(server(address), BOTH_FAMILIES)).isEmpty();
    }

    @Test
    void objection_onlyAMemberOfTheTreeListens_isNone() throws Exception {
        List<String> command = serverCommand(port, "127.0.0.1").command();
        Child shell =
                trial.script("\"$@\" & wait", command.toArray(String[]::new)).spawn();

        assertThat(objection(listening(trial, shell), BOTH_FAMILIES)).isEmpty();
    }

    /** As a server does that goes into the background: whoever is being asked ends, and its child has the listener. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void objection_listenerIsHandedOnDuringTheLook_isNone(int times) throws Exception {
        // It hands on when a file appears: a signal could reach its successor too.
        Child own = perl("if (!fork) { LISTEN; for (my $n = 1; $n < 9; $n++) { syswrite(STDOUT, \"$$\\n\");"
                + " select(undef, undef, undef, 0.01) until -e qq(" + folder + "/handover.$n); fork and exit } }"
                + " sleep 1000");
        HandingOn table = new HandingOn(system, trial.stdout(own), folder, times);
        OperatingSystem watched = new OperatingSystem(
                table,
                system.spawner(),
                system.signaller(),
                system.deaths(),
                system.files(),
                system.sockets(),
                "watched");
        PortOwnership ownership = new PortOwners(watched).ownership("own", tree(watched, own));

        try (CapturedLog log = new CapturedLog("dev.procession")) {
            assertThat(ownership.objection(addresses("127.0.0.1"), port)).isEmpty();

            assertThat(table.holders()).hasSize(1 + times);
            assertThat(log.naming("'own': nobody can tell who owns the listener on port " + port))
                    .isEmpty();
        }
    }

    /** The real table; but its process hands the listener on when it is looked into first, and once it has been seen. */
    private static final class HandingOn implements ProcessTable {
        private final OperatingSystem system;
        private final Path stdout;
        private final Path folder;
        private final int times;
        private boolean wasSeen;

        HandingOn(OperatingSystem system, Path stdout, Path folder, int times) {
            this.folder = folder;
            this.times = times;
            this.system = system;
            this.stdout = stdout;
            Await.lines(stdout, 2);
        }

        /** The pids of all who have had it. */
        List<String> holders() {
            List<String> lines = Await.lines(stdout, 2);
            return lines.subList(1, lines.size());
        }

        private void handOn() {
            int count = holders().size();
            ProcessId holder = Processes.identity(holders().get(count - 1));
            try {
                Files.createFile(folder.resolve("handover." + count));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Await.lines(stdout, count + 2);
            Processes.awaitDeath(holder);
        }

        @Override
        public List<Long> socketInodes(long pid) {
            List<String> holders = holders();
            if (holders.size() == 1 && holders.get(0).equals(Long.toString(pid))) {
                handOn();
            }
            List<Long> inodes = system.processes().socketInodes(pid);
            wasSeen |= holders.size() == 2 && holders.get(1).equals(Long.toString(pid));
            return inodes;
        }

        @Override
        public List<ProcessInfo> scan() {
            if (wasSeen && times == 2) {
                wasSeen = false;
                handOn();
            }
            return system.processes().scan();
        }

        @Override
        public Optional<ProcessInfo> find(long pid) {
            return system.processes().find(pid);
        }

        @Override
        public List<String> commandLine(long pid) {
            return system.processes().commandLine(pid);
        }

        @Override
        public List<String> environment(long pid) {
            return system.processes().environment(pid);
        }

        @Override
        public List<Path> outputs(long pid) {
            return system.processes().outputs(pid);
        }

        @Override
        public Optional<Path> workingDirectory(long pid) {
            return system.processes().workingDirectory(pid);
        }

        @Override
        public OptionalLong userId(long pid) {
            return system.processes().userId(pid);
        }

        @Override
        public long nowTicks() {
            return system.processes().nowTicks();
        }
    }

    @Test
    void objection_nobodyListensAnyMore_isThatHeHasStopped() throws Exception {
        Child own = trial.program("/bin/sleep", "1000").spawn();

        assertThat(objection(own, BOTH_FAMILIES)).contains("a process that has stopped listening");
    }

    @Test
    void objection_foreignOnTheOtherFamilyOfLocalhost_namesIt() throws Exception {
        assumeIpv6();
        Child own = server("127.0.0.1");
        Child foreign = server("::1");

        assertThat(steady(objection(own, BOTH_FAMILIES))).contains(trialServer(foreign));
        assertThat(steady(objection(own, List.of("::1")))).contains(trialServer(foreign));
        assertThat(objection(own, List.of("127.0.0.1")))
                .as("an explicit address is not served by the other one")
                .isEmpty();
    }

    @Test
    void objection_foreignOnAnotherAddressOfLoopback_isNone() throws Exception {
        Child own = server("127.0.0.1");
        Child foreign = server("127.0.0.2");

        assertThat(objection(own, BOTH_FAMILIES)).isEmpty();
        assertThat(steady(objection(own, List.of("127.0.0.2")))).contains(trialServer(foreign));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,127.0.0.1", "127.0.0.1,::", "::,::", "0.0.0.0,127.0.0.1", "::1,::"})
    void objection_foreignSharesThePortByReusePort_namesIt(String ours, String theirs) throws Exception {
        assumeIpv6();
        Child own = server(ours);
        Child foreign = server(theirs);

        assertThat(steady(objection(own, List.of(ours.equals("::1") ? "::1" : "127.0.0.1"))))
                .contains(trialServer(foreign));
    }

    @Test
    void objection_onlyAForeignOneListens_namesIt() throws Exception {
        Child own = trial.program("/bin/sleep", "1000").spawn();
        Child foreign = server("127.0.0.1");

        assertThat(steady(objection(own, BOTH_FAMILIES))).contains(trialServer(foreign));
    }

    @Test
    void objection_thisJvmListensItself_namesIt() throws Exception {
        Child own = trial.program("/bin/sleep", "1000").spawn();
        try (ServerSocket ours = new ServerSocket(port, 1, address("127.0.0.1"))) {
            assertThat(ours.isBound()).isTrue();
            assertThat(steady(objection(own, BOTH_FAMILIES)))
                    .contains(
                            described(Processes.identity(ProcessHandle.current().pid())));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, true",
        "::ffff:127.0.0.1, 127.0.0.1, true",
        "0.0.0.0, 127.0.0.1, true",
        "::, 127.0.0.1, true",
        "::1, 127.0.0.1, false",
        "127.0.0.2, 127.0.0.1, false",
        "127.0.0.2, 127.0.0.2, true",
        "192.0.2.1, 127.0.0.1, false",
        "::1, ::1, true",
        "::, ::1, true",
        "0.0.0.0, ::1, false",
        "127.0.0.1, ::1, false",
        "127.0.0.1, 0.0.0.0, true",
        "127.0.0.2, 0.0.0.0, false",
        "::1, 0.0.0.0, false",
        "::, 0.0.0.0, true",
        "::1, ::, true",
        "127.0.0.1, ::, false",
        "0.0.0.0, ::, false",
        "::, ::, true"
    })
    void covers_aListenerAndAnAddressThatIsTried(String listening, String probed, boolean covers) {
        assertThat(TreeOwnership.covers(address(listening), address(probed))).isEqualTo(covers);
    }

    @Test
    void objection_platformDoesNotTellWhoListens_isNoneAndLoggedOnce() throws Exception {
        OperatingSystem blind = new OperatingSystem(
                system.processes(),
                system.spawner(),
                system.signaller(),
                system.deaths(),
                system.files(),
                new NoSockets(),
                "blind");
        Child own = trial.program("/bin/sleep", "1000").spawn();
        PortOwnership ownership = new PortOwners(blind).ownership("unproved", tree(blind, own));

        try (CapturedLog log = new CapturedLog("dev.procession")) {
            assertThat(ownership.objection(addresses("127.0.0.1", "::1"), port)).isEmpty();
            assertThat(ownership.objection(addresses("127.0.0.1"), port)).isEmpty();

            assertThat(log.naming("'unproved'"))
                    .containsExactly("INFO 'unproved': port " + port + " answers, owner unproved: this platform does"
                            + " not tell who listens; the port was free before the start, so it is taken for ours");
        }
    }

    /** Shows the view of a JVM without any rights, of listeners whose owners it cannot look into. */
    private Result lookWithoutRights(String... ownAddresses) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(Integer.toString(port)));
        arguments.addAll(List.of(ownAddresses));
        return ChildJvm.of(Look.class, arguments.toArray(String[]::new))
                .nativeAccess()
                .under(SETPRIV, "--bounding-set", "-all")
                .run(folder)
                .expectSuccess();
    }

    /** Looks from a process whose root listens on some addresses, or on none, and says what it objects to. */
    public static final class Look {
        public static void main(String[] arguments) throws Exception {
            int port = Integer.parseInt(arguments[0]);
            OperatingSystem system = Backends.nativeOne();
            try (Trial trial = new Trial(system, Path.of("").toAbsolutePath())) {
                Child own = arguments.length == 1
                        ? trial.program("/bin/sleep", "1000").spawn()
                        : server(
                                trial,
                                port,
                                List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
                PortOwners owners = new PortOwners(system);
                PortOwnership ownership = owners.ownership("own", tree(system, own));
                System.out.println(
                        ownership.objection(addresses("127.0.0.1", "::1"), port).map(Objection::who));
                System.out.println(
                        ownership.objection(addresses("127.0.0.1", "::1"), port).map(Objection::who));
                System.out.println(owners.anybody(port));
            }
        }
    }

    private static void assumeRights() throws Exception {
        assumeTrue(Files.isExecutable(Path.of(SETPRIV)), "needs setpriv");
        for (List<String> change :
                List.of(List.of("--bounding-set", "-all"), List.of("--reuid", "65534", "--clear-groups"))) {
            List<String> command = new ArrayList<>(List.of(SETPRIV));
            command.addAll(change);
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version"));
            int code = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            assumeTrue(code == 0, "needs the right to run java under setpriv " + change);
        }
    }

    /** A server of another user, who may see nothing but its one class and the JDK. */
    private Child serverOfAnotherUser(Path shared, String address) throws Exception {
        String resource = Server.class.getName().replace('.', '/') + ".class";
        Path copy = shared.resolve(resource);
        Files.createDirectories(copy.getParent());
        try (InputStream in =
                Objects.requireNonNull(Server.class.getClassLoader().getResourceAsStream(resource))) {
            Files.copy(in, copy);
        }
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
        return listening(
                trial,
                trial.program(
                                SETPRIV,
                                "--reuid",
                                "65534",
                                "--regid",
                                "65534",
                                "--clear-groups",
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-cp",
                                shared.toString(),
                                Server.class.getName(),
                                Integer.toString(port),
                                address)
                        .in(shared)
                        .spawn());
    }

    private static final String HIDDEN = "Optional[a process of user id 65534 that cannot be looked into from here]\n";

    /** Without the lines that the JDK puts above each message. */
    private static String logged(Result result) {
        return result.stderr().lines().filter(line -> line.startsWith("INFO: ")).collect(joining("\n"));
    }

    @Test
    void objection_ownerHiddenAndNoneIsOurs_isNoneAndLoggedOnce(@TempDir Path shared) throws Exception {
        assumeRights();
        serverOfAnotherUser(shared, "127.0.0.1");

        Result result = lookWithoutRights();

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("Optional.empty\nOptional.empty\n" + HIDDEN);
        assertThat(logged(result))
                .isEqualTo("INFO: 'own': nobody can tell who owns the listener on port " + port
                        + " (user id 65534); it is taken for ours");
    }

    @Test
    void objection_ownerHiddenOfAnotherUserBesideOneOfOurs_saysSo(@TempDir Path shared) throws Exception {
        assumeRights();
        assumeIpv6();
        serverOfAnotherUser(shared, "::1");

        Result result = lookWithoutRights("127.0.0.1");

        assertThat(result.stdout()).as(result.stderr()).startsWith(HIDDEN + HIDDEN);
        assertThat(logged(result)).isEmpty();
    }

    /** As root, one with more rights than we have; in a container, one beside it in the same network. */
    @Test
    void objection_ownerHiddenOfOurUserBesideOneOfOurs_isNoneAndLoggedOnce() throws Exception {
        assumeRights();
        assumeIpv6();
        server("::1");

        Result result = lookWithoutRights("127.0.0.1");

        assertThat(result.stdout()).as(result.stderr()).startsWith("Optional.empty\nOptional.empty\n");
        assertThat(logged(result))
                .isEqualTo("INFO: 'own': nobody can tell who owns the listener on port " + port + " (user id 0);"
                        + " it is taken for ours");
    }

    @Test
    void anybody_nobodyListens_isEmpty() {
        assertThat(owners.anybody(port)).isEmpty();
    }

    @Test
    void anybody_aServerOfThisRun_isNamedAsSuch() throws Exception {
        Child server = server("127.0.0.1");

        assertThat(steady(owners.anybody(port))).contains(trialServer(server));
    }

    @Test
    void anybody_workersShareTheListener_namesTheServer() throws Exception {
        Child server = perl("LISTEN; fork; sleep 1000");

        assertThat(steady(owners.anybody(port))).contains(trialServer(server));
    }

    @ParameterizedTest
    @CsvSource({"true, a run that has ended", "false, a run that is still alive"})
    void anybody_aServerOfAnotherRun_isNamedWithItsRun(boolean isOver, String described) throws Exception {
        Process run = ChildJvm.of(OtherRun.class, Integer.toString(port)).start(folder);
        Set<ProcessId> started = new HashSet<>();
        try {
            ProcessId server = Processes.identity(
                    Await.lines(folder.resolve("jvm-stdout"), 1).get(0));
            started.add(server);
            Await.lines(folder.resolve("server-stdout"), 1);
            if (isOver) {
                run.destroyForcibly().waitFor();
            }

            assertThat(steady(owners.anybody(port)))
                    .contains(described(server) + ", started by Procession as 'redis' in " + described + " (JVM pid "
                            + run.pid() + ")");
        } finally {
            run.destroyForcibly().waitFor();
            Processes.kill(system, started);
        }
    }

    /** A JVM with a server that carries its cookie, but that no watchdog ends. */
    public static final class OtherRun {
        public static void main(String[] arguments) throws Exception {
            ProcessBuilder server = new ProcessBuilder(serverCommand(Integer.parseInt(arguments[0]), "127.0.0.1")
                            .command())
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(new File("server-stdout"))
                    .redirectError(new File("server-stderr"));
            server.environment()
                    .putAll(RunCookie.of(Processes.TABLE.self(), "redis", 1).variables());
            System.out.println(server.start().pid());
            Thread.currentThread().join();
        }
    }
}
