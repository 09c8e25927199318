package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.ProcessTable;
import dev.procession.os.backend.Backend;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    private static final ProcessTable PROCESSES = Backend.choose("portable").processes();

    @TempDir
    private Path folder;

    private static void assertFresh(Path root) {
        assertThat(root).isDirectoryContaining(file -> file.endsWith(RunFolder.MARKER));
        assertThat(root.toFile().list()).containsExactlyInAnyOrder(".procession", "stdout.log", "stderr.log", "work");
        assertThat(root.resolve("stdout.log")).isEmptyFile();
        assertThat(root.resolve("stderr.log")).isEmptyFile();
        assertThat(root.resolve("work")).isEmptyDirectory();
    }

    @Test
    void whatIsNotThereIsMade() {
        Path root = folder.resolve("target/OrderIT/api");

        RunFolder fresh = RunFolder.fresh(root, PROCESSES, "api@1");

        assertFresh(root);
        assertThat(fresh.work()).isEqualTo(root.resolve("work"));
        assertThat(fresh.stdout()).isEqualTo(root.resolve("stdout.log"));
        assertThat(fresh.stderr()).isEqualTo(root.resolve("stderr.log"));
        assertThat(root.resolve(RunFolder.MARKER))
                .hasContent("Procession empties this folder at every start.\nIn use by " + text(PROCESSES.self())
                        + ", as api@1.\n" + place(namespaces(), boot()));
    }

    private static String namespaces() {
        return PROCESSES.namespaces(PROCESSES.self().pid()).orElseThrow();
    }

    private static String boot() {
        return PROCESSES.boot().orElseThrow();
    }

    private static String place(String namespaces, String boot) {
        return "That pid is of " + namespaces + ", boot " + boot + ".\n";
    }

    /** Its pid is free here, or somebody else's. */
    @Test
    void whatAnotherContainerUsesIsRefusedAndUntouched() throws IOException {
        RunFolder used = RunFolder.fresh(folder, PROCESSES, "api@1");
        Files.writeString(used.stdout(), "precious");
        String marker = "In use by pid 7, started at tick 9, as api@1.\n" + place("pid:[1] time:[2]", boot());
        Files.writeString(folder.resolve(RunFolder.MARKER), marker);

        assertThat(RunFolder.isInUse(folder, PROCESSES)).isTrue();
        assertThatThrownBy(() -> RunFolder.fresh(folder, PROCESSES, "api@1"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("The folder " + folder
                        + " is in use by another container, whose pid 7 cannot be seen from here:"
                        + " wait until that has ended, or run it from another checkout; if it was killed, remove the"
                        + " folder.");
        assertThat(used.stdout()).hasContent("precious");
    }

    @Test
    void whatWasUsedBeforeTheMachineWasStartedAgainIsTaken() throws IOException {
        RunFolder.fresh(folder, PROCESSES, "api@1");
        String marker = "In use by " + text(PROCESSES.self()) + ", as api@7.\n";
        Files.writeString(folder.resolve(RunFolder.MARKER), marker + place(namespaces(), "another"));

        assertThat(RunFolder.isInUse(folder, PROCESSES)).isFalse();
        RunFolder.fresh(folder, PROCESSES, "api@1");

        assertFresh(folder);
    }

    @Test
    void anEmptyFolderIsTaken() {
        RunFolder.fresh(folder, PROCESSES, "api@1");

        assertFresh(folder);
    }

    @Test
    void whatAnEarlierRunLeftIsGone() throws IOException {
        RunFolder earlier = RunFolder.fresh(folder, PROCESSES, "api@1");
        Files.writeString(earlier.stdout(), "old");
        Files.writeString(folder.resolve("core"), "old");
        Files.createDirectories(earlier.work().resolve("data/deep"));
        Files.writeString(earlier.work().resolve("data/deep/file"), "old");

        RunFolder.fresh(folder, PROCESSES, "api@1");

        assertFresh(folder);
    }

    @Test
    void somebodyElsesFilesAreNeverTouched() throws IOException {
        Files.createDirectory(folder.resolve("src"));
        Files.writeString(folder.resolve("src/Main.java"), "precious");

        assertThatThrownBy(() -> RunFolder.fresh(folder, PROCESSES, "api@1"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("The folder " + folder + " holds files that are not Procession's and will not be emptied:"
                        + " move them away, or choose another folder or name.");
        assertThat(folder.toFile().list()).containsExactly("src");
        assertThat(folder.resolve("src/Main.java")).hasContent("precious");
    }

    @Test
    void onlyARegularFileIsAMarker() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        RunFolder.fresh(elsewhere, PROCESSES, "api@1");
        Path root = Files.createDirectory(folder.resolve("root"));
        Files.createSymbolicLink(root.resolve(RunFolder.MARKER), elsewhere.resolve(RunFolder.MARKER));
        Files.writeString(root.resolve("file"), "precious");

        assertThatThrownBy(() -> RunFolder.fresh(root, PROCESSES, "api@1"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("The folder " + root + " holds files that are not Procession's and will not be emptied:"
                        + " move them away, or choose another folder or name.");
        assertThat(root.resolve("file")).hasContent("precious");
    }

    @Test
    void aLinkInsideIsRemovedButNotFollowed() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("file"), "precious");
        Path root = folder.resolve("root");
        RunFolder earlier = RunFolder.fresh(root, PROCESSES, "api@1");
        Path toFolder = Files.createSymbolicLink(earlier.work().resolve("link"), outside);
        Files.createSymbolicLink(earlier.work().resolve("file"), outside.resolve("file"));
        Files.delete(earlier.stderr());
        Files.createSymbolicLink(earlier.stderr(), outside.resolve("file"));

        RunFolder.fresh(root, PROCESSES, "api@1");

        assertFresh(root);
        assertThat(Files.exists(toFolder, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Files.isSymbolicLink(root.resolve("stderr.log"))).isFalse();
        assertThat(outside.resolve("file")).hasContent("precious");
    }

    @Test
    void aLinkInItsPlaceStays() throws IOException {
        Path target = Files.createDirectory(folder.resolve("target"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        Files.writeString(RunFolder.fresh(link, PROCESSES, "api@1").stdout(), "old");

        RunFolder.fresh(link, PROCESSES, "api@1");

        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertFresh(target);
    }

    @Test
    void aFileInItsPlaceIsAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("api"), "precious");

        assertThatThrownBy(() -> RunFolder.fresh(file, PROCESSES, "api@1"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Cannot make the folder " + file + ": " + file + " is there and is no folder");
        assertThat(file).hasContent("precious");
    }

    @Test
    void aFileAboveItsPlaceIsAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("target"), "precious");
        Path root = file.resolve("api/redis");

        assertThatThrownBy(() -> RunFolder.fresh(root, PROCESSES, "api@1"))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Cannot make the folder " + root + " fresh: java.nio.file.FileSystemException: "
                        + file.resolve("api") + ": Not a directory");
        assertThat(file).hasContent("precious");
    }

    @Test
    void anInterruptedThreadMakesItAllTheSame() {
        Thread.currentThread().interrupt();
        try {
            RunFolder.fresh(folder, PROCESSES, "api@1");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertFresh(folder);
    }

    @Test
    void whatAnotherLivingJvmUsesIsRefusedAndUntouched() throws Exception {
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            ProcessId id = PROCESSES.find(other.pid()).orElseThrow().id();
            // Between fork and exec it still has the command line of this JVM.
            Processes.awaitCommand(id, "sleep", "600");
            RunFolder used = RunFolder.fresh(folder, PROCESSES, "api@1");
            Files.writeString(used.stdout(), "precious");
            Files.writeString(folder.resolve(RunFolder.MARKER), "In use by " + text(id) + ", as api@7.\n");

            assertThatThrownBy(() -> RunFolder.fresh(folder, PROCESSES, "api@1"))
                    .isInstanceOf(ProcessionException.class)
                    .hasMessage("The folder " + folder + " is in use by another JVM, pid " + id.pid()
                            + " (sleep 600): wait until that has ended, or run it from another checkout.");
            assertThat(used.stdout()).hasContent("precious");
        } finally {
            other.destroyForcibly().waitFor();
        }

        RunFolder.fresh(folder, PROCESSES, "api@1");

        assertFresh(folder);
    }

    @Test
    void whatAnotherOfThisJvmUsesIsRefusedUntilItIsReleased() throws IOException {
        RunFolder used = RunFolder.fresh(folder, PROCESSES, "api@1");
        Files.writeString(used.stdout(), "precious");

        assertThatThrownBy(() -> RunFolder.fresh(folder, PROCESSES, "api@2"))
                .isInstanceOf(ProcessionException.class)
                .hasMessage("The folder " + folder
                        + " is in use by api@1 of this JVM: give one of them another folder or another name.");
        assertThat(used.stdout()).hasContent("precious");

        used.release();
        RunFolder.fresh(folder, PROCESSES, "api@2");

        assertFresh(folder);
    }

    @Test
    void whatIsReleasedNamesNoUserAnyMore() {
        RunFolder.fresh(folder, PROCESSES, "api@1").release();

        assertThat(folder.resolve(RunFolder.MARKER)).hasContent("Procession empties this folder at every start.");
    }

    private static String text(ProcessId id) {
        return "pid " + id.pid() + ", started at tick " + id.startTicks();
    }

    @Test
    void filesAreWrittenAlsoIntoFoldersThatAreNotThere() throws IOException {
        RunFolder fresh = RunFolder.fresh(folder, PROCESSES, "api@1");
        Path file = fresh.work().resolve("conf/deep/app.conf");

        fresh.render(Map.of(file, "größe"), true);

        assertThat(file).hasContent("größe");
        assertThat(fresh.contents())
                .containsExactly(
                        fresh.work(),
                        fresh.stdout(),
                        fresh.stderr(),
                        fresh.work().resolve("conf"),
                        fresh.work().resolve("conf/deep"),
                        file);
        fresh.release();
        assertThat(file).as("what the fresh folder holds stays").hasContent("größe");
    }

    @Test
    void whatIsWrittenIntoTheUsersFolderGoesWithTheRun() throws IOException {
        Path own = Files.createDirectory(folder.resolve("own"));
        Path there = Files.createDirectory(own.resolve("there"));
        RunFolder fresh = RunFolder.fresh(folder.resolve("api"), PROCESSES, "api@1");

        fresh.render(
                Map.of(
                        own.resolve("a"), "1",
                        there.resolve("b"), "2",
                        own.resolve("new/deep/c"), "3",
                        own.resolve("used/d"), "4"),
                false);
        Files.writeString(own.resolve("used/by-the-program"), "precious");
        Files.delete(own.resolve("a"));
        fresh.release();

        try (Stream<Path> left = Files.walk(own)) {
            assertThat(left)
                    .containsExactlyInAnyOrder(own, there, own.resolve("used"), own.resolve("used/by-the-program"));
        }
    }

    @Test
    void whatIsThereAlreadyIsNotWrittenOverAndStays() throws IOException {
        Path own = Files.createDirectory(folder.resolve("own"));
        Path file = Files.writeString(own.resolve("app.conf"), "precious");
        RunFolder fresh = RunFolder.fresh(folder.resolve("api"), PROCESSES, "api@1");

        assertThatThrownBy(() -> fresh.render(Map.of(file, "ours"), false))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("The file " + file + " is there already, and Procession does not write over it: remove it"
                        + " if a killed run has left it, or give the template another 'to'.");
        fresh.release();

        assertThat(file).hasContent("precious");
    }

    @RepeatedTest(20)
    void ofTwoThatBeginAtTheSameTimeOneGetsIt() throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        Path contested = folder.resolve("contested");
        List<Future<String>> both = Stream.of("one", "other")
                .map(claim -> Await.async(() -> {
                    try {
                        start.await(60, TimeUnit.SECONDS);
                        RunFolder.fresh(contested, PROCESSES, claim);
                        return "made";
                    } catch (ProcessionException e) {
                        return String.valueOf(e.getMessage());
                    }
                }))
                .toList();

        assertThat(both)
                .extracting(answer -> answer.get(60, TimeUnit.SECONDS))
                .satisfiesOnlyOnce(answer -> assertThat(answer).isEqualTo("made"))
                .satisfiesOnlyOnce(answer -> assertThat(answer)
                        .matches("The folder " + contested + " is in use by (one|other) of this JVM: give one of them"
                                + " another folder or another name\\."));
        assertThat(contested.resolve("work")).isEmptyDirectory();
    }

    @Test
    void givingItBackTwiceTakesItFromNobody() {
        Path root = folder.resolve("given-back");
        RunFolder first = RunFolder.fresh(root, PROCESSES, "first");
        first.release();
        RunFolder.fresh(root, PROCESSES, "second");

        first.release();

        assertThat(root.resolve(RunFolder.MARKER)).content().contains("as second");
    }
}
