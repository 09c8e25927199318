package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Readiness;
import dev.procession.launch.RunAs;
import dev.procession.os.OperatingSystem;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A user's own directory that he makes a link to a folder of root's. */
@EnabledIf("isRoot")
class LinkedDirectoryTest {

    private static final int DAEMON = 1;

    @TempDir
    private Path folder;

    private Path home;
    private Path victim;
    private Path template;

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    static Stream<OperatingSystem> systems() {
        return Stream.of(Backends.nativeOne(), Backends.portable());
    }

    @BeforeEach
    void makeFolders() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        home = Files.createDirectory(folder.resolve("home"));
        give(home);
        victim = Files.createDirectory(folder.resolve("victim"));
        template = Files.writeString(folder.resolve("template"), "ours");
    }

    private static void give(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", DAEMON);
        Files.setAttribute(path, "unix:gid", DAEMON);
    }

    @ParameterizedTest
    @MethodSource("systems")
    void start_directoryLeadsToAnotherOfRoots_writesNothingThere(OperatingSystem system) throws Exception {
        Path link = Files.createSymbolicLink(home.resolve("app"), victim);

        try (Stage stage = new Stage(system, folder.resolve("processes"))) {
            assertThatThrownBy(() -> stage.supervisor()
                            .start(Stage.script("api", "exec sleep 1000")
                                    .directory(link.toString())
                                    .file(template.toString(), "x.conf")
                                    .runAs(RunAs.UNCHANGED.user("daemon"))
                                    .build()))
                    .isExactlyInstanceOf(StartFailedException.class)
                    .hasMessageContaining(
                            link + " is a link, which others than root can have put there; name the folder"
                                    + " that it leads to");
        }

        assertThat(victim).isEmptyDirectory();
    }

    @ParameterizedTest
    @MethodSource("systems")
    void close_directoryLeadsToAnotherOfRootsByThen_removesNothingThere(OperatingSystem system) throws Exception {
        Path app = Files.createDirectory(home.resolve("app"));
        give(app);
        Path precious = Files.writeString(victim.resolve("x.conf"), "precious");

        try (Stage stage = new Stage(system, folder.resolve("processes"))) {
            stage.supervisor()
                    .start(Stage.script(
                                    "api",
                                    "cd ..; mv app app.old; ln -s '" + victim + "' app; echo ready; exec sleep 1000")
                            .directory(app.toString())
                            .file(template.toString(), "x.conf")
                            .ready(Readiness.DEFAULT.log("^ready$"))
                            .runAs(RunAs.UNCHANGED.user("daemon"))
                            .stop(Stage.QUICK)
                            .build());
        }

        assertThat(precious).hasContent("precious");
        assertThat(home.resolve("app.old/x.conf")).hasContent("ours");
    }
}
