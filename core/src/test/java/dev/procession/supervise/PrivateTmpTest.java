package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others can put into {@code /tmp}, or do to it, keeps nobody from starting a process with a port. */
class PrivateTmpTest {

    private static final String EVERYBODYS = "procession-ports.lock";

    private static final String SHOWN = "/tmp/" + EVERYBODYS;

    /** Where a JVM writes that does not see the folders of tests, which are below the other {@code /tmp}. */
    private static final Path FOLDER =
            Path.of("target/procession/PrivateTmpTest").toAbsolutePath();

    @TempDir
    private Path folder;

    private Path tmp;

    @BeforeAll
    static void needsMounts() throws Exception {
        assumeTrue(!FOLDER.startsWith("/tmp"), "needs a checkout outside /tmp, which the other JVM does not see");
        Process trial = new ProcessBuilder("unshare", "-Urm", "sh", "-c", "mount -t tmpfs none /mnt")
                .redirectErrorStream(true)
                .start();
        assumeTrue(
                trial.waitFor(30, TimeUnit.SECONDS) && trial.exitValue() == 0,
                "needs 'unshare -Urm', by which a program gets mounts of its own");
    }

    @BeforeEach
    void makeTmp() throws Exception {
        tmp = Files.createDirectory(folder.resolve("tmp"));
    }

    /** Starts one with a port where {@code /tmp} is that folder. */
    private Result startThere(String... mountOptions) throws Exception {
        Path own = Files.createDirectories(folder.resolve("own"));
        String remount = mountOptions.length == 0 ? "" : " && mount -o remount,bind," + mountOptions[0] + " /tmp";
        return ChildJvm.of(StartsOne.class, FOLDER.toString())
                .nativeAccess()
                .under(
                        "unshare",
                        "-Urm",
                        "sh",
                        "-c",
                        "mount --bind \"$0\" /tmp" + remount + " && exec \"$@\"",
                        tmp.toString())
                .option("-Djava.io.tmpdir=/tmp")
                .run(own);
    }

    public static final class StartsOne {
        public static void main(String[] arguments) {
            try (Supervisor supervisor = Supervisor.create(Path.of(arguments[0]))) {
                SupervisedProcess process = supervisor.start(ProcessSpec.command("sleep", "1000")
                        .environment("A_PORT", "${port}")
                        .ready(Readiness.DEFAULT.aliveFor(Duration.ofMillis(1)))
                        .stop(Stage.PATIENT)
                        .build());
                System.out.println(process.port() > 0 ? "started" : "no port");
            }
        }
    }

    @Test
    void everybodysFileIsALink() throws Exception {
        Files.createSymbolicLink(tmp.resolve(EVERYBODYS), Path.of("/etc/hostname"));

        Result result = startThere();

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("started\n");
        assertThat(result.stderr())
                .contains(
                        "JVMs of other users may be given the same ports: Cannot open " + SHOWN
                                + ", through which JVMs share out ports: java.io.IOException: Too many levels of symbolic"
                                + " links (NOFOLLOW_LINKS specified). Make it readable and writable for everybody, or remove it.");
    }

    @Test
    void everybodysFileIsAFolder() throws Exception {
        Files.createDirectory(tmp.resolve(EVERYBODYS));

        Result result = startThere();

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("started\n");
        assertThat(result.stderr())
                .contains("JVMs of other users may be given the same ports: Cannot open " + SHOWN
                        + ", through which JVMs share out ports: java.nio.file.FileSystemException: " + SHOWN
                        + ": Is a directory. Make it readable and writable for everybody, or remove it.");
    }

    @Test
    void everybodysFileIsLockedBySomebody() throws Exception {
        Path file = Files.createFile(tmp.resolve(EVERYBODYS));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            Result result = startThere();

            assertThat(lock.isValid()).isTrue();
            assertThat(result.stdout()).as(result.stderr()).isEqualTo("started\n");
            assertThat(result.stderr())
                    .contains("All ports between 20000 and 32767 that are free are locked in " + SHOWN
                            + " by other users, which is not taken seriously any more. Look by 'lslocks' who that is,"
                            + " and remove the file");
        }
    }

    @Test
    void ownFolderIsSomebodyElses() throws Exception {
        Files.createSymbolicLink(tmp.resolve("procession-locks-0"), Path.of("/etc"));

        Result result = startThere();

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("started\n");
        assertThat(result.stderr())
                .contains("Other JVMs that start at the same time may be given the same ports:"
                        + " /tmp/procession-locks-0 is no folder but a link; remove it");
    }

    @Test
    void tmpIsReadOnly() throws Exception {
        Result result = startThere("ro");

        assertThat(result.stdout()).as(result.stderr()).isEqualTo("started\n");
        assertThat(result.stderr())
                .contains("Other JVMs that start at the same time may be given the same ports:"
                        + " /tmp/procession-locks-0 cannot be made: java.nio.file.FileSystemException:"
                        + " /tmp/procession-locks-0: Read-only file system");
    }
}
