package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.SpawnRequest;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Backends;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
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
        Allocation allocation = Allocation.of(builder.build(), base, folder, SYSTEM.sockets());
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
}
