package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cli.Cli.Result;
import dev.procession.process.ProcessId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The waits for a start and for a death. */
class WatchIT {

    @TempDir
    Path folder;

    private Cli cli;
    private Victims victims;

    @BeforeEach
    void prepare() {
        cli = new Cli(folder);
        victims = new Victims(folder);
    }

    @AfterEach
    void endVictims() {
        victims.close();
    }

    /** Its start is longer ago than what a moment of the wall clock may be wrong by. */
    private Process startOld(String... arguments) {
        Process old = victims.start(arguments);
        ProcessId id = ProcessId.of(old.pid()).orElseThrow();
        Cli.until("some age", () -> id.age().compareTo(Duration.ofMillis(200)) > 0);
        return old;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.3", "300ms"})
    void nothingIsThere(String timeout) {
        assertThat(cli.run("wait-for-start", timeout, victims.name, "alpha"))
                .isEqualTo(new Result(
                        52,
                        "",
                        "Nothing was started within " + (timeout.equals("0") ? "0" : "300") + " ms\n"
                                + "  looked for  '" + victims.name + "' with arguments that contain alpha\n"
                                + "  found       no such process, old or fresh\n"
                                + "  try         look whether it was started at all; or wait longer\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void nothingIsThereForTheOriginal(String timeout) {
        assertThat(cli.run("watchForProcessToStart", timeout, victims.name, "alpha"))
                .isEqualTo(new Result(
                        52,
                        "",
                        "Service " + victims.name + " did not start within " + timeout + " seconds! Please Check!\n"));
    }

    @Test
    void whatIsThereIsTooOld() {
        Process old = startOld("alpha");
        assertThat(cli.run("wait-for-start", "--within", "1ms", "0.1", victims.name, "alpha")
                        .timeless())
                .isEqualTo(new Result(
                        51,
                        "",
                        "Nothing fresh was started within 100 ms: what is there is older\n"
                                + "  looked for  '" + victims.name + "' with arguments that contain alpha\n"
                                + "  fresh       started not longer than TIME ago\n"
                                + "  found       pid " + old.pid() + " (" + folder.resolve(victims.name)
                                + " -c 'echo up; read -r line' arg0 alpha), up for TIME\n"
                                + "  try         end it with 'kill " + old.pid()
                                + "' and start it anew; or, if an old one will do, allow a longer time\n"));
    }

    /** The original's window is whole minutes. */
    @Test
    void whatIsThereIsTooOldForTheOriginal() {
        Process first = victims.start("alpha");
        Process second = victims.start("alpha");
        ProcessId id = ProcessId.of(second.pid()).orElseThrow();
        assertThat(cli.run("watchForProcessToStart", "1", victims.name, "alph")).isEqualTo(Result.of(0));
        Cli.until("an age of a minute", () -> id.age().compareTo(Duration.ofSeconds(61)) > 0);
        assertThat(cli.run("watchForProcessToStart", "1", victims.name, "alph"))
                .isEqualTo(new Result(
                        51,
                        "",
                        "Old start-time for service " + victims.name + " on pids " + second.pid() + "," + first.pid()
                                + ". Please check!\n"));
        assertThat(cli.run("wait-for-start", "1", victims.name, "alph").exitCode())
                .isEqualTo(51);
        assertThat(cli.run("wait-for-start", "60.1", victims.name, "alph")).isEqualTo(Result.of(0));
        assertThat(cli.run("watchForProcessToStart", "61", victims.name, "alph"))
                .isEqualTo(Result.of(0));
    }

    @Test
    void whatWasStartedLatelyIsFresh() {
        victims.start("alpha");
        assertThat(cli.run("wait-for-start", "0", victims.name, "alph")).isEqualTo(Result.of(0));
        assertThat(cli.run("watchForProcessToStart", "0", victims.name, "alph")).isEqualTo(Result.of(0));
        assertThat(cli.run("wait-for-start", "--exact", "0", victims.name, "alph")
                        .exitCode())
                .isEqualTo(52);
        assertThat(cli.run("wait-for-start", "0", victims.name, "alpha", "--exact"))
                .isEqualTo(Result.of(0));
    }

    @Test
    void itIsStartedMeanwhile() {
        try (Cli.Running own = cli.start("wait-for-start", "100", victims.name);
                Cli.Running original = cli.start("watchForProcessToStart", "100", victims.name)) {
            victims.start();
            assertThat(own.await()).isEqualTo(Result.of(0));
            assertThat(original.await()).isEqualTo(Result.of(0));
        }
    }

    @Test
    void theOldOneEndsAndAFreshOneRemains() {
        Process old = startOld();
        String since = Instant.now().toString();
        assertThat(cli.run("wait-for-start", "--since", since, "0", victims.name)
                        .exitCode())
                .isEqualTo(51);
        try (Cli.Running wait = cli.start("wait-for-start", "--since", since, "100", victims.name)) {
            Victims.end(old);
            victims.start();
            assertThat(wait.await()).isEqualTo(Result.of(0));
        }
    }

    @Test
    void aFreshOneBesideAnOldOneWillDo() {
        startOld();
        Instant since = Instant.now();
        victims.start();
        String seconds = since.getEpochSecond() + "." + String.format("%09d", since.getNano());
        assertThat(cli.run("wait-for-start", "--since", seconds, "0", victims.name))
                .isEqualTo(Result.of(0));
        assertThat(cli.run("wait-for-start", "--since", since.plusSeconds(100).toString(), "0", victims.name)
                        .exitCode())
                .isEqualTo(51);
    }

    @Test
    void itOutlivesTheTimeout() {
        Process process = victims.start("alpha");
        assertThat(cli.run("wait-for-death", "0.1", victims.name, "alph").timeless())
                .isEqualTo(new Result(
                        1,
                        "",
                        "Still there after 100 ms: '" + victims.name + "' with arguments that contain alph\n"
                                + "  pid " + process.pid() + " (" + folder.resolve(victims.name)
                                + " -c 'echo up; read -r line' arg0 alpha), up for TIME\n"));
        assertThat(cli.run("watchForProcessToDie", "1", victims.name, "alph"))
                .isEqualTo(new Result(
                        1,
                        "",
                        "Service " + victims.name + " failed to stop within 1 seconds. Please manually check that"
                                + " everything is working correctly.\n"));
        assertThat(cli.run("wait-for-death", "0", victims.name, "--exact", "alph"))
                .isEqualTo(Result.of(0));
    }

    @Test
    void itDiesMeanwhile() {
        Process process = victims.start("alpha");
        try (Cli.Running own = cli.start("wait-for-death", "2m", victims.name, "alph");
                Cli.Running original = cli.start("watchForProcessToDie", "100", victims.name, "alph")) {
            Victims.end(process);
            assertThat(own.await()).isEqualTo(Result.of(0));
            assertThat(original.await()).isEqualTo(Result.of(0));
        }
    }

    @Test
    void whatWasNeverThereIsDead() {
        assertThat(cli.run("wait-for-death", "0", victims.name)).isEqualTo(Result.of(0));
        assertThat(cli.run("watchForProcessToDie", "0", victims.name)).isEqualTo(Result.of(0));
    }
}
