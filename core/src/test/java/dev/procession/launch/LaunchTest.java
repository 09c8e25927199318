package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.FileCut;
import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.SpawnRequest;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Backends;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks at which ports are leased in this JVM, so that nobody else may lease one meanwhile. */
@Isolated
@EnabledOnOs(OS.LINUX)
class LaunchTest {

    private static final OperatingSystem SYSTEM = Backends.portable();
    private static final ProcessTable PROCESSES = SYSTEM.processes();
    private static final RunCookie COOKIE = RunCookie.of(new ProcessId(4711, 8931), "x", 1);

    @TempDir
    private Path temp;

    private Path base;
    private Path folder;

    @BeforeEach
    void makeFolders() throws IOException {
        base = Files.createDirectory(temp.resolve("base"));
        folder = temp.resolve("target/x");
    }

    private Launch launch(ProcessSpec.Builder builder) {
        return launch(builder, Map.of());
    }

    private Launch launch(ProcessSpec.Builder builder, Map<String, Allocation> others) {
        Allocation allocation = Allocation.of(builder.build(), base, folder, SYSTEM);
        boolean complete = false;
        try {
            Launch launch = new Launch(allocation, COOKIE, others);
            complete = true;
            return launch;
        } finally {
            if (!complete) {
                allocation.close();
            }
        }
    }

    private Path script(String file) throws IOException {
        Path path = base.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "#!/bin/sh\n");
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Set<Integer> leased() {
        return PortLeases.ofMachine().taken();
    }

    private static void assertRefusedWithoutALease(ThrowingCallable call, String message) {
        Set<Integer> before = leased();

        assertThatThrownBy(call).isExactlyInstanceOf(InvalidSpecException.class).hasMessage(message);

        assertThat(leased()).isSubsetOf(before);
    }

    @Test
    void withoutAReferenceThereIsNoPort() {
        Set<Integer> before = leased();
        try (Launch launch = launch(ProcessSpec.command("x", "$${port}"))) {
            assertThat(launch.port()).isEmpty();
            assertThat(launch.command()).containsExactly("x", "${port}");
            assertThat(leased()).isSubsetOf(before);
        }
    }

    @Test
    void aReferencedPortIsLeasedOnceAndTheSameEverywhere() {
        Launch launch = launch(ProcessSpec.command("x", "--port=${port}", "@{port}")
                .environment("PORT", "${port}")
                .ready(Readiness.DEFAULT.tcp("localhost:${port}").http("http://localhost:${port}/health")));
        int port = launch.port().orElseThrow();

        assertThat(launch.command()).containsExactly("x", "--port=" + port, Integer.toString(port));
        assertThat(launch.tcp()).containsExactly("localhost:" + port);
        assertThat(launch.http()).containsExactly("http://localhost:" + port + "/health");
        assertThat(leased()).contains(port);

        launch.close();
        assertThat(leased()).doesNotContain(port);
        launch.close();
    }

    @Test
    void aReferenceInTheEnvironmentIsEnough() {
        try (Launch launch = launch(ProcessSpec.command("x")
                .environment("PORT", "${port}")
                .ready(Readiness.DEFAULT.tcp("port").http("/health")))) {
            assertThat(launch.port()).isPresent();
            assertThat(launch.tcp()).containsExactly("port");
            assertThat(launch.http()).containsExactly("/health");
        }
    }

    @Test
    void awaitingAPathOnAPortThatNobodyTellsTheProcessIsAnError() {
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x", "--port", "8080").ready(Readiness.DEFAULT.http("/health"))),
                "'http' means the main port, but nothing tells the process which one that is;"
                        + " put ${port} into its command or env, or give a fixed port as a number or URL");
    }

    @Test
    void awaitingThePortThatNobodyTellsTheProcessIsAnError() {
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x").ready(Readiness.DEFAULT.tcp("port"))),
                "'tcp' means the main port, but nothing tells the process which one that is;"
                        + " put ${port} into its command or env, or give a fixed port as a number or URL");
    }

    @Test
    void aFixedPortNeedsNoReference() {
        try (Launch launch = launch(ProcessSpec.command("x", "--port", "8080")
                .ready(Readiness.DEFAULT.tcp("8080").http("http://localhost:8080/health")))) {
            assertThat(launch.port()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"command", "env", "tcp", "http"})
    void anExpansionThatFailsLeavesNoLease(String attribute) {
        String bad = "${env:PROCESSION_NO_SUCH_VARIABLE}";
        ProcessSpec.Builder builder = attribute.equals("command")
                ? ProcessSpec.command("x", "${port}", bad)
                : ProcessSpec.command("x", "${port}");
        switch (attribute) {
            case "env" -> builder.environment("A", bad);
            case "tcp" -> builder.ready(Readiness.DEFAULT.tcp(bad));
            case "http" -> builder.ready(Readiness.DEFAULT.http("http://localhost" + bad));
            default -> {
                // It is in the command.
            }
        }

        assertRefusedWithoutALease(
                () -> launch(builder),
                "'" + attribute + "' has " + bad
                        + ", but the environment variable PROCESSION_NO_SUCH_VARIABLE is not set;"
                        + " set it, or give a default as ${env:PROCESSION_NO_SUCH_VARIABLE:-…}");
    }

    @Test
    void everyOtherPlaceholderHasItsValue() {
        String property = "dev.procession.launch.LaunchTest";
        System.setProperty(property, "set");
        try (Launch launch = launch(ProcessSpec.command(
                "x",
                "${directory}",
                "${basedir}",
                "${java}",
                "${classpath}",
                "${env:PATH}",
                "${sys:" + property + "}",
                "${sys:" + property + ".none:-default}"))) {
            assertThat(launch.command())
                    .containsExactly(
                            "x",
                            folder.resolve("work").toString(),
                            base.toString(),
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            launch.command().get(4),
                            System.getenv("PATH"),
                            "set",
                            "default");
            assertThat(Path.of(launch.command().get(3))).isExecutable();
            assertThat(launch.command().get(4).split(File.pathSeparator))
                    .hasSameSizeAs(System.getProperty("java.class.path").split(File.pathSeparator))
                    .allSatisfy(entry -> assertThat(Path.of(entry)).isAbsolute());
        } finally {
            System.clearProperty(property);
        }
    }

    @Test
    void theRequestIsCompleteAndItsFoldersAreFresh() throws Exception {
        Path tool = script("bin/tool");
        try (Launch launch =
                launch(ProcessSpec.command("bin/tool", "a b", "${basedir}").environment("A", "@{directory}"))) {
            SpawnRequest request = launch.prepare(PROCESSES).request();

            assertThat(request.executable()).isEqualTo(tool);
            assertThat(request.arguments()).containsExactly(tool.toString(), "a b", base.toString());
            assertThat(request.environment())
                    .containsAllEntriesOf(COOKIE.variables())
                    .containsEntry("A", folder.resolve("work").toString())
                    .hasSize(3);
            assertThat(request.inheritEnvironment()).isTrue();
            assertThat(request.directory()).isEqualTo(folder.resolve("work")).isEmptyDirectory();
            assertThat(request.stdin()).isNull();
            assertThat(request.stdout()).isEqualTo(folder.resolve("stdout.log")).isEmptyFile();
            assertThat(request.stderr()).isEqualTo(folder.resolve("stderr.log")).isEmptyFile();
            assertThat(launch.command()).containsExactly("bin/tool", "a b", base.toString());
            assertThat(launch.cookie()).isSameAs(COOKIE);
        }
    }

    @Test
    void theChildsOwnPathWins() throws Exception {
        Path tool = script("bin/sh");
        try (Launch launch = launch(ProcessSpec.command("sh").environment("PATH", "${basedir}/bin"))) {
            assertThat(launch.prepare(PROCESSES).request().executable()).isEqualTo(tool);
        }
    }

    @Test
    void withoutOneThePathIsInherited() throws Exception {
        try (Launch launch = launch(ProcessSpec.command("sh"))) {
            assertThat(Arrays.stream(System.getenv("PATH").split(":")).map(entry -> Path.of(entry, "sh")))
                    .contains(launch.prepare(PROCESSES).request().executable());
        }
    }

    @Test
    void whoInheritsNothingInheritsNoPath() {
        try (Launch launch = launch(ProcessSpec.command("no-such-program").inheritEnvironment(false))) {
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(UnusableCommandException.class)
                    .hasMessage("there is no program 'no-such-program' on the PATH (searched /usr/bin:/bin);"
                            + " install it, or give its path");
        }
    }

    @Test
    void aMissingProgramLeavesTheFoldersAlone() {
        try (Launch launch = launch(ProcessSpec.command("./nosuch"))) {
            assertThatThrownBy(() -> launch.prepare(PROCESSES)).isExactlyInstanceOf(UnusableCommandException.class);
        }

        assertThat(folder).doesNotExist();
    }

    @Test
    void theUsersOwnDirectoryIsUsedAndNotEmptied() throws Exception {
        Path own = Files.createDirectory(base.resolve("own"));
        Files.writeString(own.resolve("file"), "precious");
        try (Launch launch = launch(ProcessSpec.command("sh", "${directory}").directory("own"))) {
            assertThat(launch.directory()).isEqualTo(own);
            assertThat(launch.prepare(PROCESSES).request().directory()).isEqualTo(own);
            assertThat(launch.command()).containsExactly("sh", own.toString());
        }

        assertThat(own.resolve("file")).hasContent("precious");
    }

    @Test
    void aMissingDirectoryOfTheUsersIsAnError() {
        try (Launch launch = launch(ProcessSpec.command("sh").directory("own"))) {
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(UnusableCommandException.class)
                    .hasMessage("the working directory " + base.resolve("own") + " is not there;"
                            + " make it, or leave 'directory' out");
        }

        assertThat(folder).doesNotExist();
    }

    @Test
    void aMissingProgramIsKnownWithoutALaunch() throws Exception {
        script("bin/tool");

        assertThat(Launch.missingProgram(ProcessSpec.command("bin/tool").build(), base))
                .isEmpty();
        assertThat(Launch.missingProgram(ProcessSpec.command("bin/other").build(), base))
                .contains("there is no file " + base.resolve("bin/other") + " (relative paths start at " + base + ")");
        assertThat(Launch.missingProgram(
                        ProcessSpec.command("tool").environment("PATH", "bin").build(), base))
                .isEmpty();
        assertThat(Launch.missingProgram(
                        ProcessSpec.command("other").environment("PATH", "bin").build(), base))
                .contains("there is no program 'other' on the PATH (searched " + base.resolve("bin") + ")");
        assertThat(Launch.missingProgram(ProcessSpec.command(base.toString()).build(), base))
                .isEmpty();
        assertThat(Launch.missingProgram(
                        ProcessSpec.command("${java}").name("x").build(), base))
                .isEmpty();
    }

    private Allocation allocation(ProcessSpec.Builder builder) {
        ProcessSpec spec = builder.build();
        return Allocation.of(spec, base, temp.resolve("target").resolve(spec.name()), SYSTEM);
    }

    @Test
    void everyPortHasItsOwnLease() {
        Set<Integer> before = leased();
        try (Launch launch = launch(ProcessSpec.command("x", "${port:admin}", "@{port:http}", "${port}")
                .port("http")
                .port("admin"))) {
            Map<String, Integer> ports = launch.allocation().ports();

            assertThat(ports.keySet()).containsExactly("port", "http", "admin");
            assertThat(ports.values()).doesNotHaveDuplicates();
            assertThat(leased()).containsAll(ports.values());
            assertThat(launch.command())
                    .containsExactly("x", "" + ports.get("admin"), "" + ports.get("http"), "" + ports.get("port"));
            assertThat(launch.allocation().port("nothing")).isEmpty();
        }
        assertThat(leased()).isSubsetOf(before);
    }

    @Test
    void aPinnedPortIsTheOneThatWasAskedFor() {
        int wanted = 10000 + (int) (ProcessHandle.current().pid() % 10000);
        try (Launch launch = launch(ProcessSpec.command("x", "${port}").port("port=" + wanted))) {
            assertThat(launch.port()).hasValue(wanted);
            assertThat(leased()).contains(wanted);
        }
        assertThat(leased()).doesNotContain(wanted);
    }

    @Test
    void aPinnedPortThatAnotherHasIsRefusedAndTheOthersAreGivenBack() {
        Set<Integer> before = leased();
        try (Allocation other = allocation(ProcessSpec.command("other", "${port}"))) {
            int port = other.port().orElseThrow();

            assertThatThrownBy(
                            () -> allocation(ProcessSpec.command("x", "${port}").port("admin=" + port)))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage("'ports' pins \"admin\" to " + port + ", which another process has that was started by"
                            + " Procession, here or in another JVM; let it be leased, as \"admin\", or run the two one"
                            + " after the other");
            assertThat(leased()).isSubsetOf(with(before, port));
        }
    }

    private static Set<Integer> with(Set<Integer> ports, int another) {
        Set<Integer> all = new HashSet<>(ports);
        all.add(another);
        return all;
    }

    @Test
    void otherProcessesAreKnownByTheirPortsAndFolders() {
        try (Allocation db = allocation(
                        ProcessSpec.command("db", "${port}", "${port:admin}").port("admin"));
                Launch launch = launch(
                        ProcessSpec.command("x", "${process:db:port}", "@{process:db:port:admin}")
                                .environment("DATA", "${process:db:directory}/data")
                                .stdin("db on ${process:db:port:port}")
                                .ready(Readiness.DEFAULT
                                        .tcp("${process:db:port}")
                                        .file("${process:db:directory}/ready")),
                        Map.of("db", db))) {
            int port = db.port().orElseThrow();

            assertThat(launch.port()).as("somebody else's is not its own").isEmpty();
            assertThat(launch.command())
                    .containsExactly("x", "" + port, "" + db.port("admin").orElseThrow());
            assertThat(launch.tcp()).containsExactly("" + port);
            assertThat(launch.readyFiles()).containsExactly(temp.resolve("target/db/work/ready"));
            assertThat(launch.readySockets()).isEmpty();
        }
    }

    @Test
    void itsOwnNameMeansItself() {
        try (Launch launch =
                launch(ProcessSpec.command("x", "${port}", "${process:x:port}", "${process:x:directory}"))) {
            assertThat(launch.command())
                    .containsExactly(
                            "x",
                            "" + launch.port().orElseThrow(),
                            "" + launch.port().orElseThrow(),
                            folder.resolve("work").toString());
        }
    }

    @Test
    void aProcessThatIsNotThereIsAnError() {
        try (Allocation db = allocation(ProcessSpec.command("database"));
                Allocation queue = allocation(ProcessSpec.command("queue"))) {
            Map<String, Allocation> others = Map.of("database", db, "queue", queue);

            assertRefusedWithoutALease(
                    () -> launch(ProcessSpec.command("x", "${process:databse:port}"), others),
                    "'command' has ${process:databse:port}, but there is no process 'databse'; did you mean"
                            + " 'database'? there are: 'database', 'queue'");
            assertRefusedWithoutALease(
                    () -> launch(ProcessSpec.command("x").environment("A", "${process:mail:directory}"), others),
                    "'env' has ${process:mail:directory}, but there is no process 'mail'; there are: 'database',"
                            + " 'queue'");
        }
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x", "${process:mail:port}")),
                "'command' has ${process:mail:port}, but there is no process 'mail'; there are: none beside it");
    }

    @Test
    void aPortThatTheOtherProcessLacksIsAnError() {
        try (Allocation none = allocation(ProcessSpec.command("none"));
                Allocation some = allocation(
                        ProcessSpec.command("some", "${port}", "${port:http}").port("http"))) {
            Map<String, Allocation> others = Map.of("none", none, "some", some);
            String fix = "; put ${port} into 'command' of ProcessSpec '%s', or declare the port in its 'ports'";

            assertRefusedWithoutALease(
                    () -> launch(ProcessSpec.command("x", "${process:none:port}"), others),
                    "'command' has ${process:none:port}, but 'none' has no port" + String.format(fix, "none"));
            assertRefusedWithoutALease(
                    () -> launch(ProcessSpec.command("x", "${process:some:port:htpp}"), others),
                    "'command' has ${process:some:port:htpp}, but 'some' has only port, http"
                            + String.format(fix, "some"));
        }
    }

    @Test
    void theDirectoryCannotBeThatOfAnother() {
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x", "${port}").directory("${process:db:directory}")),
                "'directory' refers to ${process:db:directory}, which is not known yet; leave that out");
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x").directory("${directory}/x")),
                "'directory' refers to ${directory}, which is not known yet; leave that out");
    }

    @Test
    void aConditionsPathThatIsNoneIsAnError() {
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x").ready(Readiness.DEFAULT.file("a\0b"))),
                "'file' is \"a\0b\", which is no path here: Nul character not allowed; correct it; for names outside"
                        + " ASCII start the JVM with LC_ALL=C.UTF-8");
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x").ready(Readiness.DEFAULT.unixSocket("a\0b"))),
                "'unixSocket' is \"a\0b\", which is no path here: Nul character not allowed; correct it; for names"
                        + " outside ASCII start the JVM with LC_ALL=C.UTF-8");
    }

    private String template(String text) throws IOException {
        return Files.writeString(Files.createTempFile(base, "template", ".conf"), text)
                .toString();
    }

    @Test
    void aTemplateIsRenderedAndOnlyAtSignsAreItsOwn() throws Exception {
        String from = template("listen @{port};\nroot $document_root/${port}/$1;\nliteral @@{port} at me@home\n"
                + "dir @{directory} other @{process:db:port} home @{sys:user.dir:-x}\n");
        try (Allocation db = allocation(ProcessSpec.command("db", "${port}"));
                Launch launch =
                        launch(ProcessSpec.command("sh").name("x").file(from, "conf/x.conf"), Map.of("db", db))) {
            launch.prepare(PROCESSES);

            assertThat(launch.port()).as("a template alone tells it").isPresent();
            assertThat(launch.directory().resolve("conf/x.conf"))
                    .hasContent("listen " + launch.port().orElseThrow()
                            + ";\nroot $document_root/${port}/$1;\nliteral @{port} at me@home\ndir "
                            + launch.directory() + " other " + db.port().orElseThrow() + " home "
                            + System.getProperty("user.dir") + "\n");
        }
    }

    @Test
    void aNamedPortMayBeToldByATemplateAlone() throws Exception {
        String from = template("@{port:http}");
        try (Launch launch =
                launch(ProcessSpec.command("sh").name("x").port("http").file(from, "a"))) {
            launch.prepare(PROCESSES);

            assertThat(launch.directory().resolve("a"))
                    .hasContent("" + launch.allocation().port("http").orElseThrow());
        }
    }

    @Test
    void aBadPlaceholderInATemplateIsAnErrorWithItsLine() throws Exception {
        String unknown = template("a\nlisten @{prot};\nb\n");
        String open = template("a\nlisten @{port;\nb\n");

        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x").file(unknown, "a")),
                "'files' has an unknown placeholder @{prot}; did you mean @{port}? known are @{port} @{port:NAME}"
                        + " @{process:NAME:port} @{process:NAME:port:PORT} @{process:NAME:directory} @{directory}"
                        + " @{basedir} @{java} @{classpath} @{env:NAME} @{sys:NAME}; write @@{prot} for the literal"
                        + " text");
        assertRefusedWithoutALease(
                () -> launch(ProcessSpec.command("x").file(open, "a")),
                "'files' has a placeholder without an end in \"listen @{port;\"; close it with '}', or write @@{ for a"
                        + " literal @{");
    }

    @Test
    void inTheUsersFolderARenderedFileGoesWithTheLaunch() throws Exception {
        Path own = Files.createDirectory(base.resolve("own"));
        Files.writeString(own.resolve("file"), "precious");
        try (Launch launch =
                launch(ProcessSpec.command("sh").name("x").directory("own").file(template("hello"), "conf/x.conf"))) {
            launch.prepare(PROCESSES);

            assertThat(own.resolve("conf/x.conf")).hasContent("hello");
        }

        assertThat(own.toFile().list()).containsExactly("file");
        assertThat(own.resolve("file")).hasContent("precious");
    }

    @Test
    void inTheUsersFolderNothingIsWrittenOver() throws Exception {
        Path own = Files.createDirectory(base.resolve("own"));
        Path file = Files.writeString(own.resolve("file"), "precious");
        try (Launch launch =
                launch(ProcessSpec.command("sh").name("x").directory("own").file(template("hello"), "file"))) {
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(ProcessionException.class)
                    .hasMessage("The file " + file + " is there already, and Procession does not write over it: remove"
                            + " it if a killed run has left it, or give the template another 'to'.");
        }

        assertThat(file).hasContent("precious");
    }

    @Test
    void aFurtherRunFindsWhatTheEarlierHasLeft() throws Exception {
        String from = template("rendered");
        try (Launch launch =
                launch(ProcessSpec.command("sh").name("x").file(from, "conf").stdin("fed"))) {
            SpawnRequest first = launch.prepare(PROCESSES).request();
            Files.writeString(first.stdout(), "out\n");
            Files.writeString(first.stderr(), "err\n");
            Files.writeString(first.directory().resolve("data"), "precious");
            Files.writeString(first.directory().resolve("conf"), "changed");
            Files.writeString(folder.resolve("stdin"), "changed");

            SpawnRequest second = launch.prepare(PROCESSES).request();

            assertThat(second).isEqualTo(first);
            assertThat(second.directory().resolve("data")).hasContent("precious");
            assertThat(second.directory().resolve("conf")).hasContent("changed");
            assertThat(second.stdin()).hasContent("fed");
            assertThat(second.stdout()).hasContent("out");
            assertThat(launch.log(SYSTEM.files(), new CompletableFuture<>()).lines())
                    .isEmpty();
            assertThat(launch.log(SYSTEM.files(), new CompletableFuture<>())
                            .allRuns()
                            .lines())
                    .containsExactly("out", "err");
        }
        try (Launch another = launch(ProcessSpec.command("sh").name("x"))) {
            assertThat(another.prepare(PROCESSES).request().stdout()).isEmptyFile();
        }
    }

    @Test
    void aFurtherRunMayMissWhatTheProgramHasRemoved() throws Exception {
        Path own = Files.createDirectory(base.resolve("own"));
        try (Launch launch =
                launch(ProcessSpec.command("sh").name("x").directory("own").file(template("once"), "password"))) {
            launch.prepare(PROCESSES);
            Files.delete(own.resolve("password"));

            launch.prepare(PROCESSES);

            assertThat(own).isEmptyDirectory();
        }
    }

    @Test
    void beforeAFurtherRunTheProgramIsLookedForAgain() throws Exception {
        Path tool = script("bin/tool");
        try (Launch launch = launch(ProcessSpec.command("bin/tool").directory("own"))) {
            Path own = Files.createDirectory(base.resolve("own"));
            Files.writeString(launch.prepare(PROCESSES).request().stdout(), "precious");

            Files.delete(tool);
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(UnusableCommandException.class)
                    .hasMessageStartingWith("there is no file " + base.resolve("bin/tool"));
            script("bin/tool");
            Files.delete(own);
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(UnusableCommandException.class)
                    .hasMessageStartingWith("the working directory " + own + " is not there");
        }

        assertThat(folder.resolve("stdout.log")).hasContent("precious");
    }

    @Test
    void whatWasCleanedAwayBetweenTwoRunsIsMadeAgain() throws Exception {
        try (Launch launch = launch(ProcessSpec.command("sh")
                .name("x")
                .file(template("rendered"), "conf/x")
                .stdin("fed"))) {
            launch.prepare(PROCESSES);
            Files.writeString(folder.resolve("stdout.log"), "out\n");
            launch.prepare(PROCESSES);
            deleteAll(folder);

            SpawnRequest request = launch.prepare(PROCESSES).request();

            assertThat(request.stdout()).isEmptyFile();
            assertThat(request.stderr()).isEmptyFile();
            assertThat(request.stdin()).hasContent("fed");
            assertThat(request.directory().resolve("conf/x")).hasContent("rendered");
            assertThat(folder.resolve(".procession")).content().contains("In use by pid");
            Files.writeString(request.stdout(), "new\n");
            assertThat(launch.log(SYSTEM.files(), new CompletableFuture<>()).lines())
                    .containsExactly("new");

            Files.delete(request.stderr());
            assertThat(launch.prepare(PROCESSES).request().stderr()).isEmptyFile();
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aPreparationThatFailedLeavesNothingInTheWayOfTheNext() throws Exception {
        Path own = Files.createDirectory(base.resolve("own"));
        Path obstacle = Files.writeString(own.resolve("b"), "precious");
        try (Launch launch = launch(ProcessSpec.command("sh")
                .name("x")
                .directory("own")
                .file(template("1"), "a")
                .file(template("2"), "b"))) {
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(ProcessionException.class)
                    .hasMessageContaining(obstacle + " is there already");
            Files.delete(obstacle);

            launch.prepare(PROCESSES);

            assertThat(own.resolve("a")).hasContent("1");
            assertThat(own.resolve("b")).hasContent("2");
        }
        assertThat(own).isEmptyDirectory();
    }

    @Test
    void beforeItIsPreparedThereIsNoLog() {
        try (Launch launch = launch(ProcessSpec.command("sh").name("x").output(OutputPolicy.DEFAULT.maxBytes(1)))) {
            assertThat(launch.rotation(FileCut.NONE)).isEmpty();
            assertThatThrownBy(() -> launch.log(SYSTEM.files(), new CompletableFuture<>()))
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("Expected 'x' to be prepared before its log is asked for, but it is not");
        }
    }

    @Test
    void aLogIsRotatedBetweenRunsAndByWhoeverIsAsked() throws Exception {
        try (Launch launch = launch(ProcessSpec.command("sh")
                .name("x")
                .output(OutputPolicy.DEFAULT.maxBytes(4).backups(2)))) {
            SpawnRequest request = launch.prepare(PROCESSES).request();
            Files.writeString(request.stdout(), "one\n", StandardOpenOption.APPEND);
            Files.writeString(request.stderr(), "e\n", StandardOpenOption.APPEND);

            launch.prepare(PROCESSES);
            assertThat(request.stdout()).isEmptyFile();
            assertThat(folder.resolve("stdout.log.1")).hasContent("one");
            assertThat(request.stderr()).hasContent("e");

            Files.writeString(request.stdout(), "two\n", StandardOpenOption.APPEND);
            ProcessLog log = launch.log(SYSTEM.files(), new CompletableFuture<>());
            LogRotation rotation = launch.rotation(FileCut.NONE).orElseThrow();
            assertThat(rotation.rotateIfDue()).isTrue();
            assertThat(rotation.rotateIfDue()).isFalse();

            assertThat(folder.resolve("stdout.log.2")).hasContent("one");
            assertThat(log.lines()).containsExactly("two");
            assertThat(log.allRuns().lines()).containsExactly("one", "two", "e");
        }
        try (Launch launch = launch(ProcessSpec.command("sh").name("x"))) {
            launch.prepare(PROCESSES);
            assertThat(launch.rotation(FileCut.NONE)).isEmpty();
        }
    }

    @Test
    void aTextAsInputIsAFile() throws Exception {
        try (Launch launch =
                launch(ProcessSpec.command("sh", "${port}").name("x").stdin("grüße ${port}"))) {
            assertThat(launch.isFed()).isFalse();
            assertThat(launch.prepare(PROCESSES).request().stdin())
                    .isEqualTo(folder.resolve("stdin"))
                    .hasContent("grüße " + launch.port().orElseThrow());
        }
        try (Launch launch = launch(ProcessSpec.command("sh").name("x").stdin(ProcessSpec.PIPE))) {
            assertThat(launch.isFed()).isTrue();
            assertThat(launch.prepare(PROCESSES).request().stdin()).isNull();
            assertThat(folder.resolve("stdin")).doesNotExist();
        }
    }

    @Test
    void theCommandOfAConditionIsLookedUpAndRunsAsTheProcessDoes() throws Exception {
        Path tool = script("bin/ask");
        try (Launch launch = launch(ProcessSpec.command("sh", "${port}")
                .name("x")
                .environment("PATH", "bin:/bin")
                .ready(Readiness.DEFAULT.command("ask", "--port", "${port}")))) {
            SpawnRequest ask = launch.prepare(PROCESSES).readyCommand().orElseThrow();

            assertThat(ask.executable()).isEqualTo(tool);
            assertThat(ask.arguments())
                    .containsExactly(
                            tool.toString(), "--port", "" + launch.port().orElseThrow());
            assertThat(ask.directory()).isEqualTo(launch.directory());
            assertThat(ask.environment())
                    .containsAllEntriesOf(COOKIE.variables())
                    .containsEntry("PATH", "bin:/bin");
            assertThat(ask.stdin()).isNull();
            assertThat(ask.stdout())
                    .isEqualTo(folder.resolve("ready-command.log"))
                    .isEqualTo(ask.stderr());
        }
    }

    @Test
    void aMissingCommandOfAConditionIsAnError() {
        try (Launch launch = launch(ProcessSpec.command("sh").name("x").ready(Readiness.DEFAULT.command("./ask")))) {
            assertThatThrownBy(() -> launch.prepare(PROCESSES))
                    .isExactlyInstanceOf(UnusableCommandException.class)
                    .hasMessage("of its 'ready.command', there is no file " + base.resolve("./ask")
                            + " (relative paths start at " + base + "); build or install it, or correct the path");
        }

        assertThat(folder).doesNotExist();
    }

    @Test
    void aSearchPathIsSearchedAfterThePath() throws Exception {
        Path old = script("opt/9.6/bin/tool");
        Path recent = script("opt/15/bin/tool");
        script("bin/other");
        ProcessSpec.Builder spec =
                ProcessSpec.command("tool").environment("PATH", "bin").searchPath("opt/*/bin");

        assertThat(Launch.missingProgram(spec.build(), base)).isEmpty();
        try (Launch launch = launch(spec.name("x"))) {
            assertThat(launch.prepare(PROCESSES).request().executable()).isEqualTo(recent);
        }
        Files.delete(recent);
        try (Launch launch = launch(spec)) {
            assertThat(launch.prepare(PROCESSES).request().executable()).isEqualTo(old);
        }
        Path first = script("bin/tool");
        try (Launch launch = launch(spec)) {
            assertThat(launch.prepare(PROCESSES).request().executable()).isEqualTo(first);
        }
    }

    @Test
    void aSearchPathThatMatchesNothingIsShown() {
        assertThat(Launch.missingProgram(
                        ProcessSpec.command("tool")
                                .environment("PATH", "bin")
                                .searchPath("/opt/nothing-*/bin", "more")
                                .build(),
                        base))
                .contains("there is no program 'tool' on the PATH and its 'searchPath' (searched " + base.resolve("bin")
                        + ":/opt/nothing-*/bin:more)");
    }

    @Test
    void whatASecretPropertyOrAddressBringsIsASecret() {
        String property = "launch.test.password";
        System.setProperty(property, "tr0ub4dor-and-3");
        try (Launch launch = launch(ProcessSpec.command("sh", "${sys:" + property + "}")
                .ready(Readiness.DEFAULT.http("http://localhost:1/health?token=s3cr3tTok77")))) {
            assertThat(launch.secrets().mask("tr0ub4dor-and-3 at http://localhost:1/health?token=s3cr3tTok77"))
                    .isEqualTo("*** at http://localhost:1/health?token=***");
        } finally {
            System.clearProperty(property);
        }
    }

    @Test
    void secretsOfOneNameFromSeveralPlacesAllCount() {
        String name = "LAUNCH_TEST_PASSWORD";
        System.setProperty(name, "tr0ub4dor-and-3");
        try (Launch launch =
                launch(ProcessSpec.command("sh", "${sys:" + name + "}").environment(name, "own-s3cr3t-7"))) {
            assertThat(launch.secrets().mask("tr0ub4dor-and-3 own-s3cr3t-7")).isEqualTo("*** ***");
        } finally {
            System.clearProperty(name);
        }
    }
}
