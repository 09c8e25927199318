package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs(OS.LINUX)
class CommandResolverTest {

    @TempDir
    private Path folder;

    private CommandResolver resolver(Path... path) {
        return new CommandResolver(
                folder,
                Optional.of(String.join(
                        ":", java.util.Arrays.stream(path).map(Path::toString).toList())),
                List.of());
    }

    private Path script(String file, String content) throws IOException {
        return withMode(file, content, "rwxr-xr-x");
    }

    private Path withMode(String file, String content, String mode) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private void assertUnusable(CommandResolver resolver, String program, String problem, String fix) {
        assertThatThrownBy(() -> resolver.resolve(program))
                .isInstanceOfSatisfying(UnusableCommandException.class, e -> {
                    assertThat(e).hasMessage(problem + "; " + fix);
                    assertThat(e.problem()).isEqualTo(problem);
                    assertThat(e.fix()).isEqualTo(fix);
                });
    }

    private static boolean isMissing(CommandResolver resolver, String program) {
        try {
            resolver.resolve(program);
            return false;
        } catch (UnusableCommandException e) {
            return e.isMissing();
        }
    }

    @Test
    void aNameIsLookedUpOnThePath() throws Exception {
        Path tool = script("b/tool", "#!/bin/sh\n");

        assertThat(resolver(folder.resolve("nowhere"), folder.resolve("a"), folder.resolve("b"))
                        .resolve("tool"))
                .isEqualTo(tool);
    }

    @Test
    void theFirstFolderOnThePathWins() throws Exception {
        Path first = script("a/tool", "#!/bin/sh\n");
        script("b/tool", "#!/bin/sh\n");

        assertThat(resolver(folder.resolve("a"), folder.resolve("b")).resolve("tool"))
                .isEqualTo(first);
    }

    @Test
    void whatCannotBeRunIsPassedOverOnThePath() throws Exception {
        withMode("a/tool", "#!/bin/sh\n", "rw-r--r--");
        Files.createDirectories(folder.resolve("b/tool"));
        Path runnable = script("c/tool", "#!/bin/sh\n");

        assertThat(resolver(folder.resolve("a"), folder.resolve("b"), folder.resolve("c"))
                        .resolve("tool"))
                .isEqualTo(runnable);
    }

    @Test
    void relativeFoldersOnThePathStartAtTheBase() throws Exception {
        Path tool = script("bin/tool", "#!/bin/sh\n");

        assertThat(new CommandResolver(folder, Optional.of("bin"), List.of()).resolve("tool"))
                .isEqualTo(tool);
    }

    @Test
    void withoutAPathTheSystemsFoldersAreSearched() throws Exception {
        assertThat(new CommandResolver(folder, Optional.empty(), List.of()).resolve("sh"))
                .isIn(Path.of("/usr/bin/sh"), Path.of("/bin/sh"));
    }

    @Test
    void aNameWithASlashIsAPathFromTheBase() throws Exception {
        Path tool = script("bin/tool", "#!/bin/sh\n");
        CommandResolver resolver = resolver();

        assertThat(resolver.resolve("bin/tool")).isEqualTo(tool);
        assertThat(resolver.resolve("./bin/tool")).isEqualTo(folder.resolve("./bin/tool"));
        assertThat(resolver.resolve(tool.toString())).isEqualTo(tool);
    }

    @Test
    void aLinkKeepsItsOwnName() throws Exception {
        script("busybox", "#!/bin/sh\n");
        Path link = Files.createSymbolicLink(folder.resolve("ls"), Path.of("busybox"));

        assertThat(resolver().resolve("./ls")).isEqualTo(folder.resolve("./ls"));
        assertThat(resolver(folder).resolve("ls")).isEqualTo(link);
    }

    @Test
    void aNativeBinaryCanBeRun() throws Exception {
        assertThat(resolver().resolve("/bin/sh")).isEqualTo(Path.of("/bin/sh"));
    }

    @Test
    void aNameThatIsNotOnThePathIsAnError() {
        Path a = folder.resolve("a");
        Path b = folder.resolve("b");

        assertUnusable(
                resolver(a, b),
                "redis-server",
                "there is no program 'redis-server' on the PATH (searched " + a + ":" + b + ")",
                "install it, or give its path");
        assertThat(isMissing(resolver(a, b), "redis-server")).isTrue();
    }

    @Test
    void aSlipOfTheFingersGetsASuggestion() throws Exception {
        script("redis-server", "#!/bin/sh\n");

        assertUnusable(
                resolver(folder),
                "redis-sever",
                "there is no program 'redis-sever' on the PATH (searched " + folder + ")",
                "did you mean 'redis-server'? Otherwise install it, or give its path");
    }

    @Test
    void aFolderOrBrokenLinkOfThatNameIsNoSuggestion() throws Exception {
        Files.createDirectory(folder.resolve("java"));
        Files.createSymbolicLink(folder.resolve("perl"), Path.of("gone"));

        assertUnusable(
                resolver(folder),
                "java",
                "there is no program 'java' on the PATH (searched " + folder + ")",
                "install it, or give its path");
        assertUnusable(
                resolver(folder),
                "perl",
                "there is no program 'perl' on the PATH (searched " + folder + ")",
                "install it, or give its path");
    }

    @Test
    void aMissingRelativePathIsAnErrorThatNamesTheBase() {
        assertUnusable(
                resolver(),
                "build/api",
                "there is no file " + folder.resolve("build/api") + " (relative paths start at " + folder + ")",
                "build or install it, or correct the path");
        assertThat(isMissing(resolver(), "build/api")).isTrue();
    }

    @Test
    void aMissingAbsolutePathIsAnError() {
        assertUnusable(
                resolver(),
                "/no/such/api",
                "there is no file /no/such/api",
                "build or install it, or correct the path");
    }

    @Test
    void aLinkToNowhereIsAMissingFile() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("api"), Path.of("gone"));

        assertUnusable(
                resolver(),
                link.toString(),
                "there is no file " + link + " (relative paths start at " + folder + ")",
                "build or install it, or correct the path");
    }

    @Test
    void aFolderIsAnError() {
        assertUnusable(resolver(), folder.toString(), folder + " is a folder", "name the program in it");
        assertThat(isMissing(resolver(), folder.toString())).isFalse();
    }

    @Test
    void aFileThatIsNotExecutableIsAnError() throws Exception {
        Path file = withMode("api", "#!/bin/sh\n", "rw-r--r--");
        String problem = file + " is not executable for this user";
        String fix = "run 'chmod +x " + file + "'";

        assertUnusable(
                resolver(),
                "./api",
                folder.resolve("./api") + problem.substring(file.toString().length()),
                "run 'chmod +x " + folder.resolve("./api") + "'");
        assertUnusable(resolver(folder), "api", problem, fix);
        assertThat(isMissing(resolver(folder), "api")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo hello\n", "", "#", "\u007fEL", "PK\u0003\u0004", "\ufeff#!/bin/sh\n", " #!/bin/sh\n"})
    void aFileThatIsNeitherBinaryNorScriptIsAnError(String content) throws Exception {
        Path file = script("api", content);

        assertUnusable(
                resolver(folder),
                "api",
                file + " is neither a binary of this system nor a script that starts with '#!'",
                "make its first line '#!/bin/sh', or run it as {\"sh\", \"" + file + "\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"#!/no/such/python -u\nx", "#! /no/such/python\n", "#!/no/such/python", "#!\t/no/such/python x y"
            })
    void aMissingInterpreterIsAnError(String content) throws Exception {
        Path file = script("api", content);

        assertUnusable(
                resolver(folder),
                "api",
                file + " asks for the interpreter '/no/such/python', which is not there",
                "install it, or correct the '#!' line");
        assertThat(isMissing(resolver(folder), "api")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#!\n", "#!", "#!  \necho"})
    void anEmptyFirstLineOfAScriptIsAnError(String content) throws Exception {
        Path file = script("api", content);

        assertUnusable(
                resolver(folder),
                "api",
                file + " asks for the interpreter '', which is not there",
                "install it, or correct the '#!' line");
    }

    @ParameterizedTest
    @ValueSource(strings = {"#!/bin/sh\r\necho\r\n", "#!/bin/sh -e\r\n", "#! /bin/sh\r\n", "#!/bin/sh\r"})
    void aCarriageReturnInTheFirstLineIsAnError(String content) throws Exception {
        Path file = script("api", content);

        assertUnusable(
                resolver(folder),
                "api",
                "the '#!' line of " + file + " ends in a carriage return",
                "save it with Unix line ends");
    }

    @Test
    void aCarriageReturnFurtherDownIsTheScriptsOwnBusiness() throws Exception {
        Path file = script("api", "#!/bin/sh\necho a\r\n");

        assertThat(resolver(folder).resolve("api")).isEqualTo(file);
    }

    @Test
    void aProgramThatEnvCannotFindIsAnError() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/env")));
        Path file = script("api", "#!/usr/bin/env nosuch\n");

        assertUnusable(
                resolver(folder),
                "api",
                file + " asks for 'nosuch', but there is no program 'nosuch' on the PATH (searched " + folder + ")",
                "install it, or give its path");
        assertThat(isMissing(resolver(folder), "api")).isFalse();
    }

    @Test
    void aProgramThatEnvFindsOnTheChildsPathCanBeRun() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/env")));
        script("mylang", "#!/bin/sh\n");
        Path file = script("api", "#!/usr/bin/env mylang\n");

        assertThat(resolver(folder).resolve("api")).isEqualTo(file);
    }

    @Test
    void aFileThatMayBeRunButNotReadIsLeftToTheSystem() throws Exception {
        Path file = withMode("api", "whatever", "--x--x--x");
        assumeFalse(Files.isReadable(file), "readable, as everything is to root");

        assertThat(resolver(folder).resolve("api")).isEqualTo(file);
    }
}
