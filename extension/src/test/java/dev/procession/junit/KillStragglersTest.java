package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.expect.Foreign;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.ProcessQuery;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.watch.PidFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** {@link KillStragglers}. */
class KillStragglersTest {

    private static final String NAME = "${sys:" + Foreign.PROPERTY + "}kill";
    private static final String FILE = "${sys:procession.test.file}";

    @TempDir
    private Path folder;

    private Foreign foreign;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            log.add(entry.getLevel() + " " + entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void open() {
        foreign = new Foreign();
        System.setProperty("procession.test.file", folder.resolve("file").toString());
        Logger.getLogger("dev.procession").addHandler(handler);
    }

    @AfterEach
    void close() {
        Logger.getLogger("dev.procession").removeHandler(handler);
        foreign.close();
        System.clearProperty("procession.test.file");
    }

    private List<String> log() {
        return log.stream()
                .filter(line -> line.contains(Foreign.word()))
                .map(Foreign::normalised)
                .toList();
    }

    private static int count() {
        return ProcessQuery.named(Foreign.word() + "kill").find().size();
    }

    /** Left by a test, for whoever comes after it. */
    private static void leave() {
        // Not closed: it is to be ended by others.
        new Foreign().start("kill", "left");
    }

    // --- when

    @KillStragglers(process = NAME)
    static class OnClass {
        @BeforeAll
        static void noneIsThere() {
            assertThat(count()).isZero();
        }

        @Test
        void leaves() {
            leave();
        }

        @AfterAll
        static void itIsStillThere() {
            assertThat(count()).isEqualTo(1);
        }
    }

    @Test
    void onClass_beforeItsFirstTestAndAfterItsLast() {
        Process old = foreign.start("kill", "old");

        Kit.passBeside(OnClass.class);

        assertThat(Foreign.isAlive(old)).isFalse();
        assertThat(count()).isZero();
        assertThat(log())
                .containsExactly(
                        "INFO pid PID (WORDkill -c 'read x' old), parent PID, up for TIME; it was meant by 'WORDkill'; it was"
                                + " ended before KillStragglersTest.OnClass, by @KillStragglers",
                        "INFO pid PID (WORDkill -c 'read x' left), parent PID, up for TIME; it was meant by 'WORDkill'; it"
                                + " was ended after KillStragglersTest.OnClass, by @KillStragglers");
    }

    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class OnTests {
        @Order(1)
        @Test
        void isNotAsked() {
            assertThat(count()).isEqualTo(1);
        }

        @Order(2)
        @KillStragglers(process = NAME, when = When.BEFORE)
        @Test
        void before() {
            assertThat(count()).isZero();
            leave();
        }

        @Order(3)
        @KillStragglers(process = NAME, when = When.AFTER)
        @Test
        void after() {
            assertThat(count()).isEqualTo(1);
        }

        @Order(4)
        @Test
        void isGone() {
            assertThat(count()).isZero();
        }
    }

    @Test
    void onTests_onlyWhenTheyAsk() {
        foreign.start("kill");

        Kit.passBeside(OnTests.class);
    }

    static class Fails {
        @KillStragglers(process = NAME)
        @Test
        void leavesAndFails() {
            leave();
            throw new IllegalStateException("the test's own failure");
        }
    }

    static class DoesNotBegin {
        @KillStragglers(process = NAME)
        @WaitForStart(process = NAME, ready = @Ready(timeout = "0s"))
        @WaitForDeath(process = NAME, timeout = "10m")
        @ManagedProcess(
                name = "starter",
                command = {"sh", "-c", "exit 3"})
        @Test
        void never() {}
    }

    @Test
    void testFails_theyAreEndedAllTheSame() {
        Throwable failure = Kit.failure(Kit.run(Fails.class));

        assertThat(failure).hasMessage("the test's own failure");
        assertThat(failure.getSuppressed()).isEmpty();
        assertThat(count()).isZero();
    }

    @Test
    void startFails_nothingElseIsSaid() {
        foreign.start("kill");

        Throwable failure = Kit.failure(Kit.run(DoesNotBegin.class));

        assertThat(failure).hasMessageStartingWith("'starter' exited before it was ready");
        assertThat(failure.getSuppressed()).isEmpty();
    }

    // --- whom

    @KillStragglers(process = NAME, args = "alph")
    static class ByPartOfAnArgument {
        @Test
        void runs() {}
    }

    @KillStragglers(process = NAME, args = "alph", match = ArgumentMatch.EXACT)
    static class ByWholeArgument {
        @Test
        void runs() {}
    }

    @Test
    void arguments_areLooseUnlessToldOtherwise() {
        Process alpha = foreign.start("kill", "alpha");
        Process beta = foreign.start("kill", "beta");

        Kit.passBeside(ByWholeArgument.class);
        assertThat(Foreign.isAlive(alpha)).isTrue();

        Kit.passBeside(ByPartOfAnArgument.class);
        assertThat(Foreign.isAlive(alpha)).isFalse();
        assertThat(Foreign.isAlive(beta)).isTrue();
    }

    @KillStragglers(pattern = "zed\\d+xkill .* gamma$")
    static class ByPattern {
        @Test
        void runs() {}
    }

    @Test
    void pattern_isFoundInTheCommandLine() {
        Process gamma = foreign.start("kill", "gamma");
        Process delta = foreign.start("kill", "gamma", "delta");

        Kit.passBeside(ByPattern.class);

        assertThat(Foreign.isAlive(gamma)).isFalse();
        assertThat(Foreign.isAlive(delta)).isTrue();
    }

    @KillStragglers(pidFile = FILE, when = When.BEFORE)
    static class ByPidFile {
        @Test
        void runs() {}
    }

    @KillStragglers(pidFile = FILE + "*", removePidFile = true)
    static class ByPidFileAndRemoves {
        @Test
        void runs() {}
    }

    @Test
    void pidFile_itsProcess_andTheFileIfThatIsAskedFor() throws IOException {
        Path file = folder.resolve("file");
        Process first = foreign.start("kill");
        PidFile.at(file).write(first.pid());

        Kit.passBeside(ByPidFile.class);
        assertThat(Foreign.isAlive(first)).isFalse();
        assertThat(file).exists();

        Process second = foreign.start("kill");
        PidFile.at(folder.resolve("file2")).write(second.pid());
        Files.delete(file);
        Kit.passBeside(ByPidFileAndRemoves.class);
        assertThat(Foreign.isAlive(second)).isFalse();
        assertThat(folder).isEmptyDirectory();
    }

    // --- how

    @KillStragglers(process = NAME, gracePeriod = "1m")
    static class Gently {
        @Test
        void runs() {}
    }

    @KillStragglers(process = NAME, gracePeriod = "1m", force = true)
    static class ByForce {
        @Test
        void runs() {}
    }

    @KillStragglers(process = NAME, gracePeriod = "100ms")
    static class ByForceAtLast {
        @Test
        void runs() {}
    }

    /**
     * It is there when the shell knows of its trap. It looks up now and then, since a shell does not hear of a signal that
     * comes in the moment before it blocks.
     */
    private Process trapping(String trap) throws InterruptedException {
        Path file = folder.resolve("trapping-" + System.nanoTime());
        Process process = foreign.play(
                "kill", trap + "; : > \"$1\"; while read -t 0.1 x; [ $? -gt 128 ]; do :; done", "", file.toString());
        while (!Files.exists(file)) {
            assertThat(Foreign.isAlive(process)).isTrue();
            Thread.sleep(5);
        }
        return process;
    }

    @Test
    void gracePeriod_isGiven_unlessForced() throws InterruptedException {
        Process gently = trapping("trap 'exit 7' TERM");
        Kit.passBeside(Gently.class);
        assertThat(gently.onExit().join().exitValue()).isEqualTo(7);

        Process forced = trapping("trap 'exit 7' TERM");
        Kit.passBeside(ByForce.class);
        assertThat(forced.onExit().join().exitValue()).isEqualTo(137);

        Process deaf = trapping("trap '' TERM");
        Kit.passBeside(ByForceAtLast.class);
        assertThat(deaf.onExit().join().exitValue()).isEqualTo(137);
    }

    // --- whom not

    @ManagedProcess(
            name = "of-class",
            command = {"bash", "-c", "exec -a \"$0\" bash -c 'echo ready; read x'", NAME},
            stdin = ManagedProcess.PIPE,
            ready = @Ready(log = "ready"))
    static class Manages {
        @KillStragglers(process = NAME)
        @Test
        void sparesTheProcessOfItsClass(@Managed("of-class") SupervisedProcess ofClass) {
            assertThat(ofClass.isReady()).isTrue();
        }

        @AfterAll
        static void itIsStillThere() {
            assertThat(count()).isEqualTo(1);
        }
    }

    @Test
    void managedByALiveRun_isSparedAndNamed() {
        Kit.pass(Manages.class);

        String spared =
                "WARNING pid PID (WORDkill -c 'echo ready; read x'), parent PID, up for TIME; it belongs to 'of-class', which a run that"
                        + " is still alive manages (JVM pid PID); it was meant by 'WORDkill', but was left alone";
        assertThat(log()).containsExactly(spared, spared);
    }
}
