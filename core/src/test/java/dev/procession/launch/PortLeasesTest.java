package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.PortLeases.Lease;
import dev.procession.os.Sockets;
import dev.procession.os.backend.Backend;
import dev.procession.os.portable.NoSockets;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Listening;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Most leases here are those of the machine. Nothing in this JVM may open its lock file a second time: closing that
 * would drop every lock. Where the file itself matters, a test has one of its own, or asks another JVM.
 */
@Timeout(600)
class PortLeasesTest {

    private static final String NONE_IS_LEFT = "No port is left between 20000 and 32767: stop what is running,"
            + " or take those out of net.ipv4.ip_local_port_range";

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> opened = new ConcurrentLinkedDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private <T extends AutoCloseable> T closedAfterwards(T resource) {
        opened.push(resource);
        return resource;
    }

    private Lease take() {
        return closedAfterwards(PortLeases.ofMachine().take(Backend.current().sockets()));
    }

    /** Leases of nothing but some ports, on a lock file of their own. */
    private PortLeases only(Path lockFile, Integer... ports) {
        BitSet excluded = new BitSet();
        excluded.set(PortLeases.FIRST, PortLeases.LAST + 1);
        List.of(ports).forEach(excluded::clear);
        LockFile own = closedAfterwards(PortLeases.openForEverybody(lockFile));
        return new PortLeases(own, null, ConcurrentHashMap.newKeySet(), excluded);
    }

    /**
     * Takes one of few ports. Not at once: of the socket by which somebody has just seen that a port is free, a program
     * that is being started at this moment may have a copy.
     */
    private static Lease awaitLease(PortLeases leases) {
        return awaitLease(() -> takeOrNone(leases));
    }

    private static Lease awaitLease(Supplier<Optional<Lease>> attempt) {
        Deque<Lease> taken = new ArrayDeque<>();
        Await.until("a port is free", () -> {
            attempt.get().ifPresent(taken::add);
            return !taken.isEmpty();
        });
        return taken.pop();
    }

    private static Optional<Lease> takeOrNone(PortLeases leases) {
        try {
            return Optional.of(leases.take(Backend.current().sockets()));
        } catch (ProcessionException e) {
            assertThat(e).hasMessage(NONE_IS_LEFT);
            return Optional.empty();
        }
    }

    private static void assertNoneIsLeft(PortLeases leases) {
        assertThatThrownBy(() -> leases.take(Backend.current().sockets()))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage(NONE_IS_LEFT);
    }

    private static <T> List<T> atOnce(int threads, Callable<List<T>> task) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<T> results = new ArrayList<>();
            for (Future<List<T>> future : executor.invokeAll(
                    IntStream.range(0, threads).mapToObj(i -> task).toList())) {
                results.addAll(future.get());
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    private static List<Lease> takeMany(int count, Sockets sockets) {
        PortLeases leases = PortLeases.ofMachine();
        return IntStream.range(0, count).mapToObj(i -> leases.take(sockets)).toList();
    }

    @Test
    void noPortIsLeasedTwice() throws Exception {
        List<Lease> leases = atOnce(8, () -> takeMany(100, Backend.current().sockets()));
        leases.forEach(this::closedAfterwards);

        assertThat(leases).extracting(Lease::port).doesNotHaveDuplicates().hasSize(800);
    }

    @Test
    void portsComeFromTheirRange() {
        assertThat(IntStream.range(0, 50).map(i -> take().port()))
                .allSatisfy(port -> assertThat(port).isBetween(20_000, 32_767));
    }

    @Test
    void noPortIsOneTheKernelUsesForConnections() {
        String setting = "/proc/sys/net/ipv4/ip_local_port_range";
        assumeTrue(Files.exists(Path.of(setting)));
        BitSet range = new BitSet();
        PortLeases.addRanges(range, setting, "\\s+");

        // The kernel gives such a file to the first read only, which must therefore be a long one.
        assertThat(range.cardinality()).isGreaterThan(1);
        assertThat(IntStream.range(0, 50).map(i -> take().port())).noneMatch(range::get);
    }

    @Test
    void excludedRangesAreReadAsTheKernelWritesThem() throws IOException {
        BitSet ports = new BitSet();
        Path ephemeral = Files.writeString(folder.resolve("ip_local_port_range"), "32768\t32770\n");
        Path reserved = Files.writeString(folder.resolve("ip_local_reserved_ports"), "20000,20005-20007\n");
        Path none = Files.writeString(folder.resolve("none"), "\n");

        PortLeases.addRanges(ports, ephemeral.toString(), "\\s+");
        PortLeases.addRanges(ports, reserved.toString(), "-");
        PortLeases.addRanges(ports, none.toString(), "-");
        PortLeases.addRanges(ports, folder.resolve("missing").toString(), "-");

        assertThat(ports.stream()).containsExactly(20000, 20005, 20006, 20007, 32768, 32769, 32770);
    }

    @Test
    void anExcludedPortIsNeverLeased() {
        int port = take().port();
        PortLeases leases = only(folder.resolve("lock"), port);

        Lease lease = awaitLease(leases);

        assertThat(lease.port()).isEqualTo(port);
        assertNoneIsLeft(leases);
    }

    @Test
    void aPortThatWasGivenBackIsLeasedAgain() {
        int port = take().port();
        PortLeases leases = only(folder.resolve("lock"), port);

        awaitLease(leases).close();
        Lease again = awaitLease(leases);

        assertThat(again.port()).isEqualTo(port);
    }

    @Test
    void givingBackTwiceDoesNotTakeThePortFromItsNextOwner() {
        int port = take().port();
        PortLeases leases = only(folder.resolve("lock"), port);
        Lease first = awaitLease(leases);
        first.close();
        Lease second = awaitLease(leases);

        first.close();

        assertThat(second.port()).isEqualTo(port);
        assertNoneIsLeft(leases);
    }

    @Test
    void aPortWithAListenerIsNotLeased() throws IOException {
        int port = take().port();
        PortLeases leases = only(folder.resolve("lock"), port);
        try (ServerSocket listener = Listening.on("127.0.0.1", port, true, false)) {
            assertThat(listener.getLocalPort()).isEqualTo(port);
            assertNoneIsLeft(leases);
        }

        assertThat(awaitLease(leases).port()).isEqualTo(port);
    }

    @Test
    void aPortWithAnOldConnectionIsNotLeased() throws IOException {
        int port = take().port();
        Listening.leaveOldConnection(port);

        assertNoneIsLeft(only(folder.resolve("lock"), port));
    }

    @Test
    void anotherJvmIsGivenOtherPorts() throws Exception {
        try (OtherJvm other = OtherJvm.start("take", "400")) {
            List<Integer> mine = new ArrayList<>();
            // Both take at the same time.
            other.ready();
            takeMany(400, Backend.current().sockets())
                    .forEach(lease -> mine.add(closedAfterwards(lease).port()));
            List<Integer> theirs = Arrays.stream(other.answer().split(" "))
                    .map(Integer::valueOf)
                    .toList();

            assertThat(theirs).hasSize(400).doesNotContainAnyElementsOf(mine);
        }
    }

    @Test
    void aLeaseIsHeldAgainstOtherJvmsUntilItIsGivenBack() throws Exception {
        int port = take().port();
        Path lockFile = folder.resolve("lock");
        Lease lease = awaitLease(only(lockFile, port));

        try (OtherJvm other = OtherJvm.start("locked", lockFile.toString(), Integer.toString(port))) {
            other.ready();
            assertThat(other.answer()).isEqualTo("locked");
        }
        lease.close();
        try (OtherJvm other = OtherJvm.start("locked", lockFile.toString(), Integer.toString(port))) {
            other.ready();
            assertThat(other.answer()).isEqualTo("free");
        }
    }

    @Test
    void aJvmThatDiesGivesItsPortsBack() throws Exception {
        int port = take().port();
        Path lockFile = folder.resolve("lock");
        PortLeases leases;
        try (OtherJvm other = OtherJvm.start("hold", lockFile.toString(), Integer.toString(port))) {
            other.ready();
            assertThat(other.answer()).isEqualTo("held");
            leases = only(lockFile, port);
            assertNoneIsLeft(leases);
            other.kill();
        }

        assertThat(awaitLease(leases).port()).isEqualTo(port);
    }

    @Test
    void anotherClassLoaderIsGivenOtherPorts() throws Exception {
        List<Integer> ports = new ArrayList<>();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {codeOf(PortLeases.class)}, ClassLoader.getPlatformClassLoader())) {
            Class<?> theirs = loader.loadClass(PortLeases.class.getName());
            assertThat(theirs).isNotSameAs(PortLeases.class);
            Object leases = theirs.getMethod("ofMachine").invoke(null);
            Object sockets =
                    loader.loadClass(NoSockets.class.getName()).getConstructor().newInstance();
            ports.addAll(atOnce(4, () -> {
                List<Integer> taken = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    taken.add(take(leases, sockets));
                    taken.add(take().port());
                }
                return taken;
            }));
        }

        assertThat(ports).hasSize(400).doesNotHaveDuplicates();
        // Not one lock was lost because the other class loader used the same file.
        try (OtherJvm other = OtherJvm.start(Stream.concat(
                        Stream.of(
                                "locked",
                                PortLeases.ofMachine().lockFile().orElseThrow().toString()),
                        ports.stream().map(String::valueOf))
                .toArray(String[]::new))) {
            other.ready();
            assertThat(other.answer().split(" ")).hasSize(400).containsOnly("locked");
        }
    }

    @Test
    void theSystemPropertiesStayProperties() {
        take();
        StringWriter listing = new StringWriter();

        System.getProperties().list(new PrintWriter(listing));

        assertThat(listing.toString()).contains("java.home");
    }

    private int take(Object leases, Object sockets) throws ReflectiveOperationException {
        Class<?> type = leases.getClass().getClassLoader().loadClass(Sockets.class.getName());
        AutoCloseable lease =
                (AutoCloseable) leases.getClass().getMethod("take", type).invoke(leases, sockets);
        closedAfterwards(lease);
        return (int) lease.getClass().getMethod("port").invoke(lease);
    }

    @Test
    void anInterruptedThreadLosesNobodysLease() throws Exception {
        Path lockFile = folder.resolve("lock");
        int first = take().port();
        int second = take().port();
        PortLeases leases = only(lockFile, first, second);
        awaitLease(() -> interrupted(() -> takeOrNone(leases)));
        Lease given = awaitLease(() -> interrupted(() -> takeOrNone(leases)));
        interrupted(() -> {
            given.close();
            return given;
        });

        try (OtherJvm other =
                OtherJvm.start("locked", lockFile.toString(), Integer.toString(first), Integer.toString(second))) {
            other.ready();
            assertThat(other.answer().split(" ")).containsExactlyInAnyOrder("locked", "free");
        }
    }

    private static <T> T interrupted(Supplier<T> action) {
        Thread.currentThread().interrupt();
        try {
            return action.get();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void everybodyMayUseTheLockFile() throws IOException {
        Path lockFile = folder.resolve("lock");
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));

        closedAfterwards(PortLeases.openForEverybody(lockFile));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lockFile)))
                .isEqualTo("rw-rw-rw-");
    }

    @Test
    void aLinkInThePlaceOfTheLockFileIsNotFollowed() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "precious");
        Path link = Files.createSymbolicLink(folder.resolve("lock"), target);

        assertThatThrownBy(() -> PortLeases.openForEverybody(link))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessageStartingWith("Cannot open " + link + ", through which JVMs share out ports: ")
                .hasMessageEndingWith(". Make it readable and writable for everybody, or remove it.");
        assertThat(target).hasContent("precious");
    }

    @Test
    void aFolderInThePlaceOfTheLockFileIsAnError() {
        assertThatThrownBy(() -> PortLeases.openForEverybody(folder))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Cannot open " + folder + ", through which JVMs share out ports:"
                        + " java.nio.file.FileSystemException: " + folder + ": Is a directory."
                        + " Make it readable and writable for everybody, or remove it.");
    }

    @Test
    void aLockFileThatCannotBeMadeIsAnError() {
        Path lockFile = folder.resolve("missing/lock");

        assertThatThrownBy(() -> PortLeases.openForEverybody(lockFile))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Cannot create " + lockFile + ", through which JVMs share out ports:"
                        + " java.nio.file.NoSuchFileException: " + lockFile);
    }

    @Test
    void whoRemovesTheLockFileTakesNoPortFromThisJvm() throws Exception {
        Path lockFile = folder.resolve("lock");
        int first = take().port();
        int second = take().port();
        PortLeases leases = only(lockFile, first, second);
        Lease held = awaitLease(leases);

        Files.delete(lockFile);

        Lease other = awaitLease(leases);
        assertThat(List.of(held.port(), other.port())).containsExactlyInAnyOrder(first, second);
        held.close();
        assertThat(awaitLease(leases).port()).isEqualTo(held.port());
    }

    private static URL codeOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    /** A second JVM, which ends when its input does. It waits for a line before it begins. */
    private static final class OtherJvm implements AutoCloseable {

        private final Process process;
        private final BufferedReader output;

        private OtherJvm(Process process) {
            this.process = process;
            this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        static OtherJvm start(String... arguments) throws IOException, URISyntaxException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    Path.of(codeOf(PortLeases.class).toURI())
                            + System.getProperty("path.separator")
                            + Path.of(codeOf(PortLeasesTest.class).toURI()),
                    OtherMain.class.getName()));
            command.addAll(List.of(arguments));
            return new OtherJvm(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }

        /** Lets it begin, as soon as it could. */
        void ready() throws IOException {
            assertThat(output.readLine()).isEqualTo("ready");
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        }

        String answer() throws IOException {
            return output.readLine();
        }

        void kill() {
            process.destroyForcibly().onExit().join();
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            process.onExit().join();
            output.close();
        }
    }

    /** What a second JVM does. */
    static final class OtherMain {

        private OtherMain() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println("ready");
            if (System.in.read() < 0) {
                return;
            }
            List<String> answers = new ArrayList<>();
            switch (arguments[0]) {
                case "take" ->
                    takeMany(Integer.parseInt(arguments[1]), new NoSockets())
                            .forEach(lease -> answers.add(Integer.toString(lease.port())));
                case "locked" -> {
                    LockFile file = PortLeases.openForEverybody(Path.of(arguments[1]));
                    for (String port : List.of(arguments).subList(2, arguments.length)) {
                        FileLock lock = file.tryLock(Long.parseLong(port));
                        answers.add(lock == null ? "locked" : "free");
                    }
                }
                case "hold" -> {
                    FileLock lock =
                            PortLeases.openForEverybody(Path.of(arguments[1])).tryLock(Long.parseLong(arguments[2]));
                    answers.add(lock == null ? "refused" : "held");
                }
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            System.out.println(String.join(" ", answers));
            while (System.in.read() >= 0) {
                // Holds everything until its parent has seen enough, or is gone.
            }
        }
    }
}
