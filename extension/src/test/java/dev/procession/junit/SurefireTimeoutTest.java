package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.process.ProcessId;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real build, whose test JVM Surefire gives up: what that has started must go with it. */
class SurefireTimeoutTest {

    private static final String PROJECT = """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>com.example</groupId>
              <artifactId>hangs</artifactId>
              <version>1</version>
              <dependencies>
                <dependency>
                  <groupId>org.junit.jupiter</groupId>
                  <artifactId>junit-jupiter</artifactId>
                  <version>%s</version>
                  <scope>test</scope>
                </dependency>
              </dependencies>
              <build>
                <plugins>
                  <plugin>
                    <groupId>org.apache.maven.plugins</groupId>
                    <artifactId>maven-surefire-plugin</artifactId>
                    <version>%s</version>
                    <configuration>
                      <includes>
                        <include>**/Hangs.java</include>
                      </includes>
                      <argLine>--enable-native-access=ALL-UNNAMED</argLine>
                      <forkedProcessTimeoutInSeconds>%d</forkedProcessTimeoutInSeconds>
                      <additionalClasspathElements>
            %s
                      </additionalClasspathElements>
                    </configuration>
                  </plugin>
                </plugins>
              </build>
            </project>
            """;

    @Test
    void theForkIsGivenUp_nothingOfItsTestsIsLeft(@TempDir Path folder) throws Exception {
        Path maven = maven().orElse(null);
        assumeTrue(maven != null, "needs Maven");
        // On a machine under load the first end may come before there is anything to end.
        for (int seconds : List.of(3, 15, 60)) {
            Path project = Files.createDirectory(folder.resolve("within-" + seconds + "-seconds"));
            if (isGivenUpWithATree(maven, project, seconds)) {
                return;
            }
        }
        throw new AssertionError("Expected a test to begin within a minute");
    }

    /** @return false if the fork was given up before its test had a tree */
    private static boolean isGivenUpWithATree(Path maven, Path project, int seconds) throws Exception {
        write(project, seconds);
        try (Fork build = Fork.start(
                project,
                List.of(
                        maven.toString(),
                        "-B",
                        "-ntp",
                        "-Dmaven.repo.local=" + System.getProperty("build.repository"),
                        "surefire:test"))) {
            Fork.until("the test has begun, or the build has ended", () -> build.has("up") || build.hasEnded());
            Set<ProcessId> started = build.working();
            boolean begun = build.has("up")
                    && started.stream()
                            .map(id -> Long.toString(id.pid()))
                            .toList()
                            .containsAll(build.read("up").lines().toList());

            assertThat(build.exitCode()).as(build::output).isEqualTo(1);
            assertThat(build.output()).contains("There was a timeout in the fork");
            Fork.awaitDeath(started);
            Fork.until("nothing works in " + project, () -> build.working().isEmpty());
            assertThat(Leftovers.now()).as("processes left behind").isEmpty();
            assertThat(build.has("farewell"))
                    .as("whether there was an ordered stop; Surefire halts the JVM")
                    .isFalse();
            return begun;
        }
    }

    private static void write(Path project, int seconds) throws IOException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> isOurs(Path.of(entry)))
                .map(entry -> "<additionalClasspathElement>" + entry + "</additionalClasspathElement>")
                .collect(Collectors.joining("\n"));
        Files.writeString(
                project.resolve("pom.xml"),
                PROJECT.formatted(
                        System.getProperty("build.junit.version"),
                        System.getProperty("build.surefire.version"),
                        seconds,
                        classPath));
        for (Class<?> part : List.of(Hangs.class, StubbornTree.class)) {
            String name = part.getName().replace('.', '/') + ".class";
            Path target = project.resolve("target/test-classes").resolve(name);
            Files.createDirectories(target.getParent());
            try (InputStream in = part.getClassLoader().getResourceAsStream(name)) {
                Files.copy(in, target);
            }
        }
    }

    /** The library and what it needs, but not the tests of this build and their listeners. */
    private static boolean isOurs(Path entry) {
        String name = entry.getFileName().toString();
        return name.equals("classes") || name.startsWith("procession-") || name.startsWith("jna-");
    }

    /** The one that runs this build, or that of the PATH. */
    private static Optional<Path> maven() {
        Stream<Path> ofBuild =
                Stream.ofNullable(System.getProperty("build.maven.home")).map(home -> Path.of(home, "bin", "mvn"));
        Stream<Path> ofPath =
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator)).map(folder -> Path.of(folder, "mvn"));
        return Stream.concat(ofBuild, ofPath).filter(Files::isExecutable).findFirst();
    }
}
