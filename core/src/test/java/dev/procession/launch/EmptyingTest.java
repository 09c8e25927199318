package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.os.ProcessTable;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.ChildJvm;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What programs leave in their folders, and what the next start makes of it. */
@EnabledOnOs(OS.LINUX)
class EmptyingTest {

    /** Of which no path tells: it would be longer than the system takes. */
    private static final int DEEP = 20_000;

    private static final int NOBODY = 65534;

    /** The classes of this build may lie where he cannot look; what he may write is left to permissions. */
    private static final String[] NOBODY_WHO_MAY_READ = {
        "setpriv",
        "--reuid=" + NOBODY,
        "--regid=" + NOBODY,
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--"
    };

    @TempDir
    private Path folder;

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Makes a folder fresh, and says what it holds then, or what is wrong. */
    public static final class Fresh {
        public static void main(String[] arguments) {
            ProcessTable processes = Backend.choose("portable").processes();
            Path root = Path.of(arguments[0]);
            try {
                RunFolder.fresh(root, processes, "api@1");
                System.out.println(Stream.of(root.toFile().list()).sorted().toList() + " "
                        + List.of(root.resolve("work").toFile().list()));
            } catch (ProcessionException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static final String ALL_FRESH = "[.procession, stderr.log, stdout.log, work] []\n";

    private Path used() throws IOException {
        Path root = folder.resolve("api");
        RunFolder earlier = RunFolder.fresh(root, Backend.choose("portable").processes(), "api@1");
        Files.writeString(
                Files.createDirectories(earlier.work().resolve("data")).resolve("file"), "old");
        earlier.release();
        return root;
    }

    private ChildJvm fresh(Path root) {
        return ChildJvm.of(Fresh.class, root.toString());
    }

    @Test
    @EnabledIf("isRoot")
    void whatIsMountedThereIsNamedAndNothingIsTouched() throws Exception {
        Path root = used();
        Path precious = Files.createDirectory(folder.resolve("precious"));
        Files.writeString(precious.resolve("file"), "precious");
        Path place = Files.createDirectory(root.resolve("work/a place"));
        assumeTrue(
                new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0,
                "needs a mount namespace of its own");

        ChildJvm.Result result = fresh(root)
                .under(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"",
                        precious.toString(),
                        place.toString())
                .run(folder)
                .expectSuccess();

        assertThat(precious.resolve("file")).as("what is mounted").hasContent("precious");
        assertThat(result.stdout())
                .isEqualTo("The folder " + root + " will not be emptied, because something is mounted at " + place
                        + ", and that is not Procession's: run 'umount \"" + place
                        + "\"', or choose another folder or name.\n");
        assertThat(root.resolve("work/data/file")).hasContent("old");
    }

    /** As the module cache of Go is. */
    @Test
    void foldersThatWereLeftReadOnlyAreNotInTheWayOfTheirOwner() throws Exception {
        Path root = used();
        Path cache = Files.createDirectories(root.resolve("work/cache/module"));
        Files.writeString(cache.resolve("file"), "old");
        Path closed = Files.createDirectories(root.resolve("work/closed/inside"));
        for (Path readOnly : List.of(cache, cache.getParent())) {
            Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));
        }
        for (Path none : List.of(closed, closed.getParent())) {
            Files.setPosixFilePermissions(none, PosixFilePermissions.fromString("---------"));
        }
        ChildJvm jvm = fresh(root);
        if (isRoot()) {
            assumeNobodyMayRead();
            give(root);
            jvm.under(NOBODY_WHO_MAY_READ);
        }

        assertThat(jvm.run(folder).expectSuccess().stdout()).isEqualTo(ALL_FRESH);
    }

    @Test
    @EnabledIf("isRoot")
    void whatAnotherUserHasLeftIsNamed() throws Exception {
        assumeNobodyMayRead();
        Path root = used();
        give(root);
        Files.setAttribute(root.resolve("work/data"), "unix:uid", 0);

        assertThat(fresh(root)
                        .under(NOBODY_WHO_MAY_READ)
                        .run(folder)
                        .expectSuccess()
                        .stdout())
                .isEqualTo("Cannot make the folder " + root + " fresh: java.nio.file.AccessDeniedException: "
                        + root.resolve("work/data/file")
                        + ": the folder that it is in is another user's; remove it as that user\n");
    }

    /** Root in a container has no such right to give. */
    private static void assumeNobodyMayRead() throws Exception {
        List<String> command = new ArrayList<>(List.of(NOBODY_WHO_MAY_READ));
        command.add("true");
        assumeTrue(
                new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectOutput(Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0,
                "needs the capability dac_read_search");
    }

    private static void give(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                Files.setAttribute(path, "unix:uid", NOBODY);
            }
        }
    }

    @Test
    void aVeryDeepTreeIsRemoved() throws Exception {
        Path root = used();
        Path deep = Files.createDirectory(root.resolve("work/deep"));
        Files.writeString(deep.resolve("file"), "old");
        // From the inside to the outside: every path stays short.
        Path outer = root.resolve("work/outer");
        for (int i = 0; i < DEEP; i++) {
            Files.createDirectory(outer);
            Files.move(deep, outer.resolve("d"));
            Files.move(outer, deep);
        }

        assertThat(fresh(root).option("-Xmx48m").run(folder).expectSuccess().stdout())
                .isEqualTo(ALL_FRESH);
    }

    @Test
    void aNameThatIsNoTextHereIsRemoved() throws Exception {
        Path root = used();
        Files.createDirectories(root.resolve("work/größe/größe"));
        Files.writeString(root.resolve("work/größe/file"), "old");

        assertThat(fresh(root)
                        .under("env", "LC_ALL=C")
                        .run(folder)
                        .expectSuccess()
                        .stdout())
                .isEqualTo(ALL_FRESH);
    }

    @Test
    void manyFilesInOneFolderAreRemoved() throws Exception {
        Path root = used();
        List<Path> made = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            made.add(Files.createFile(root.resolve("work/data/" + i)));
        }

        assertThat(fresh(root).run(folder).expectSuccess().stdout()).isEqualTo(ALL_FRESH);
        assertThat(made).noneMatch(Files::exists);
    }
}
