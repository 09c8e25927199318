package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script beside the jar, itself and through links. */
class LauncherIT {

    @TempDir
    Path folder;

    private Cli cli;
    private Victims victims;
    private Path home;

    @BeforeEach
    void install() throws Exception {
        cli = new Cli(folder);
        victims = new Victims(folder);
        home = Files.createDirectory(folder.resolve("in stalled"));
        Files.copy(Cli.JAR, home.resolve("procession.jar"));
        // By another process: what this JVM has just written can be busy while another thread starts a child.
        Process copy = new ProcessBuilder("cp", Cli.LAUNCHER.toString(), home.toString())
                .inheritIO()
                .start();
        assertThat(copy.waitFor()).isZero();
    }

    @AfterEach
    void endVictims() {
        victims.close();
    }

    private Result run(String... command) {
        return cli.start(Map.of("JAVA_HOME", System.getProperty("java.home")), List.of(command))
                .await();
    }

    private Path link(String name, Path target) throws IOException {
        return Files.createSymbolicLink(folder.resolve(name), target);
    }

    @Test
    void itFindsTheJarBesideIt() throws IOException {
        Process process = victims.start("two words", "", "*");
        Result found = Result.stdout(process.pid() + "\n");
        assertThat(run(home.resolve("procession").toString(), "pids", victims.name, "two words", "", "*"))
                .isEqualTo(found);
        Path link = link("proc", Path.of("in stalled/procession"));
        Path linkToLink = link("proc2", link);
        assertThat(run(linkToLink.toString(), "pids", victims.name, "*")).isEqualTo(found);
        assertThat(cli.start(
                                Map.of("PATH", folder + ":" + System.getenv("PATH")),
                                List.of("sh", "-c", "proc2 pids " + victims.name))
                        .await())
                .isEqualTo(found);
        assertThat(cli.start(Map.of(), List.of("sh", "-c", "cd 'in stalled' && sh procession pids " + victims.name))
                        .await())
                .isEqualTo(found);
    }

    @Test
    void aLinkWithAnOriginalNameIsThatCommand() throws IOException {
        Path launcher = Path.of("in stalled/procession");
        Process process = victims.start("alpha");
        assertThat(run(link("getPids", launcher).toString(), victims.name, "--loose", "alph"))
                .isEqualTo(Result.stdout(process.pid() + "\n"));
        assertThat(run(link("watchForProcessToStart", launcher).toString(), "0", victims.name))
                .isEqualTo(Result.of(0));
        assertThat(run(link("watchForProcessToDie", launcher).toString(), "0", victims.name))
                .isEqualTo(new Result(
                        1,
                        "",
                        "Service " + victims.name + " failed to stop within 0 seconds. Please manually check that"
                                + " everything is working correctly.\n"));
        assertThat(run(
                        link("watchProcessAndRestart", launcher).toString(),
                        "sh",
                        "-c",
                        "printf '<%s>' \"$@\"; exit 55",
                        "sh",
                        "a b",
                        "",
                        "*"))
                .isEqualTo(Result.stdout("<a b><><*>"));
    }

    @Test
    void aLinkWithAnotherNameIsTheLauncher() throws IOException {
        assertThat(run(
                        link("whatever", Path.of("in stalled/procession")).toString(),
                        "getPids",
                        "nosuch" + victims.name))
                .isEqualTo(Result.of(0));
    }

    @Test
    void withoutJarOrJavaItSaysSo() throws IOException {
        Path launcher = home.resolve("procession");
        assertThat(cli.start(Map.of("JAVA_HOME", "/nosuch"), List.of(launcher.toString(), "pids", "x"))
                        .await())
                .isEqualTo(new Result(
                        127,
                        "",
                        "procession: there is no program '/nosuch/bin/java'; put a Java of 17 or later on the PATH, or"
                                + " set JAVA_HOME\n"));
        Files.delete(home.resolve("procession.jar"));
        assertThat(run(launcher.toString(), "pids", "x"))
                .isEqualTo(new Result(
                        127, "", "procession: there is no " + home + "/procession.jar; put it beside this script\n"));
    }

    /** It was made for another jar or Java: nothing is said, and nothing is lost but time. */
    @Test
    void anArchiveThatDoesNotFitIsPassedOver() throws IOException {
        // Java 17 makes no use of an archive for a jar whose path holds a blank.
        Path plain = Files.move(home, folder.resolve("installed"));
        Path launcher = plain.resolve("procession");
        Path archive = plain.resolve("procession.jsa");
        Process process = victims.start();
        Result found = Result.stdout(process.pid() + "\n");
        List<String> make = new ArrayList<>(Cli.java("getPids", victims.name));
        make.addAll(1, List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:disable"));
        make.set(
                make.indexOf(Cli.JAR.toString()),
                plain.resolve("procession.jar").toString());
        assertThat(cli.start(Map.of(), make).await()).isEqualTo(found);
        assertThat(archive).isNotEmptyFile();
        assertThat(run(launcher.toString(), "getPids", victims.name)).isEqualTo(found);
        Files.setLastModifiedTime(plain.resolve("procession.jar"), FileTime.fromMillis(0));
        assertThat(run(launcher.toString(), "getPids", victims.name)).isEqualTo(found);
        Files.writeString(archive, "no archive");
        assertThat(run(launcher.toString(), "getPids", victims.name)).isEqualTo(found);
    }
}
