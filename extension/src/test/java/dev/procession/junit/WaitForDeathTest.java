package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.expect.Foreign;
import dev.procession.process.ProcessQuery;
import dev.procession.process.StragglersException;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.watch.PidFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** {@link WaitForDeath}. */
class WaitForDeathTest {

    private static final String NAME = "${sys:" + Foreign.PROPERTY + "}death";
    private static final String FILE = "${sys:procession.test.file}";

    @TempDir
    private Path folder;

    private Foreign foreign;

    @BeforeEach
    void open() {
        foreign = new Foreign();
        System.setProperty("procession.test.file", folder.resolve("file").toString());
    }

    @AfterEach
    void close() {
        foreign.close();
        System.clearProperty("procession.test.file");
    }

    private static EngineExecutionResults run(Class<?> type) {
        return Kit.runBeside(Map.of(), type);
    }

    private static String failureOf(EngineExecutionResults results) {
        Throwable failure = Kit.failure(results);
        assertThat(failure).isExactlyInstanceOf(StragglersException.class);
        assertThat(failure.getSuppressed()).isEmpty();
        return Foreign.normalised(failure.getMessage());
    }

    // --- whoever is left

    static class OnTest {
        @WaitForDeath(process = NAME, args = "alpha", timeout = "50ms")
        @Test
        void leaves() {}

        @Test
        void another() {}
    }

    @Test
    void isLeft_testFailsAndNamesIt() {
        Process old = foreign.start("death", "alpha", "--token=secret");
        foreign.start("death", "beta");

        EngineExecutionResults results = run(OnTest.class);

        assertThat(failureOf(results)).isEqualTo("""
                        WaitForDeathTest.OnTest.leaves has ended, and 'WORDdeath' with the arguments alpha was to be dead within 50 ms, but a process is alive
                          pid PID (WORDdeath -c 'read x' alpha '--token=***'), parent PID, up for TIME; it was there before
                          try         let the test end what it has started, or wait longer with 'timeout' of @WaitForDeath(process = "${sys:procession.test.word}death") on WaitForDeathTest.OnTest.leaves; name in 'ignore' what may stay""");
        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
        assertThat(Foreign.isAlive(old)).isTrue();
    }

    @WaitForDeath(process = NAME, timeout = "0s")
    static class OnClass {
        private static Foreign started;

        @Test
        void starts() {
            started = new Foreign();
            started.start("death");
        }

        @AfterAll
        static void stillThere() {
            assertThat(started).isNotNull();
        }
    }

    @Test
    void isLeft_classFailsAfterItsLastTest() {
        foreign.start("death");
        try {
            EngineExecutionResults results = run(OnClass.class);

            assertThat(failureOf(results)).isEqualTo("""
                            WaitForDeathTest.OnClass has ended, and 'WORDdeath' was to be dead within 0 ms, but 2 processes are alive
                              pid PID (WORDdeath -c 'read x'), parent PID, up for TIME; it was started after the beginning
                              pid PID (WORDdeath -c 'read x'), parent PID, up for TIME; it was there before
                              try         let the test end what it has started, or wait longer with 'timeout' of @WaitForDeath(process = "${sys:procession.test.word}death") on WaitForDeathTest.OnClass; name in 'ignore' what may stay""");
            assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
            assertThat(results.containerEvents().failed().count()).isEqualTo(1);
        } finally {
            OnClass.started.close();
        }
    }

    static class AlsoFails {
        @WaitForDeath(process = NAME, timeout = "0s")
        @Test
        void fails() {
            throw new IllegalStateException("the test's own failure");
        }
    }

    @Test
    void testAlsoFails_itsOwnFailureStaysInFront() {
        foreign.start("death");

        Throwable failure = Kit.failure(run(AlsoFails.class));

        assertThat(failure).hasMessage("the test's own failure");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(left -> assertThat(left)
                        .isExactlyInstanceOf(StragglersException.class)
                        .hasMessageStartingWith("WaitForDeathTest.AlsoFails.fails has ended, and "));
    }

    static class Twice {
        @WaitForDeath(process = NAME, args = "alpha", timeout = "0s")
        @WaitForDeath(process = NAME, args = "beta", timeout = "0s")
        @NoStragglers
        @Test
        void leavesTwo() {}
    }

    @Test
    void severalAreLeft_theFirstKeepsTheOther() {
        foreign.start("death", "alpha");
        foreign.start("death", "beta");

        Throwable failure = Kit.failure(run(Twice.class));

        assertThat(failure).hasMessageContaining("arguments alpha was to be dead");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(left -> assertThat(left).hasMessageContaining("arguments beta was to be dead"));
    }

    // --- waits

    @WaitForDeath(process = NAME, timeout = "60s")
    static class Waits {
        @Test
        void runs() {}
    }

    @WaitForDeath(pidFile = FILE, timeout = "60s")
    static class WaitsByPidFile {
        @Test
        void runs() {}
    }

    @Test
    void endsAfterTheTest_isWaitedFor() {
        Process ends = foreign.playBriefly("death");
        Kit.passBeside(Waits.class);
        assertThat(Foreign.isAlive(ends)).isFalse();

        Process alsoEnds = foreign.playBriefly("other");
        PidFile.at(folder.resolve("file")).write(alsoEnds.pid());
        Kit.passBeside(WaitsByPidFile.class);
        assertThat(Foreign.isAlive(alsoEnds)).isFalse();
    }

    // --- ignored

    @ManagedProcess(
            name = "kept",
            command = {"bash", "-c", "exec -a \"$0\" bash -c 'echo ready; read x'", NAME},
            stdin = ManagedProcess.PIPE,
            ready = @Ready(log = "ready"))
    static class Ignores {
        @WaitForDeath(
                process = NAME,
                ignore = {"nobody", "kept"},
                timeout = "0s")
        @Test
        void keepsTheProcessOfItsClass(SupervisedProcess kept) {
            assertThat(kept.isReady()).isTrue();
        }
    }

    @Test
    void ignored_mayStay() {
        Kit.passBeside(Ignores.class);

        Process stays = foreign.start("death");
        Throwable failure = Kit.failure(run(Ignores.class));
        assertThat(Foreign.normalised(failure.getMessage()).lines().toList())
                .startsWith(
                        "WaitForDeathTest.Ignores.keepsTheProcessOfItsClass has ended, and 'WORDdeath' other than"
                                + " 'nobody', 'kept' was to be dead within 0 ms, but a process is alive",
                        "  pid PID (WORDdeath -c 'read x'), parent PID, up for TIME; it was there before");
        assertThat(Foreign.isAlive(stays)).isTrue();
    }

    @Test
    void ignored_byPidAndByProgram() {
        Process first = foreign.start("death");
        Process second = foreign.start("death");
        IgnoredProcesses firstOnly = IgnoredProcesses.read(" " + first.pid() + " ");
        ProcessQuery all = ProcessQuery.named(Foreign.word() + "death");

        assertThat(firstOnly.without(all, List.of()).pids()).containsExactly(second.pid());
        assertThat(firstOnly.without(all, List.of()))
                .hasToString("'" + Foreign.word() + "death' other than pid " + first.pid());
        assertThat(IgnoredProcesses.read(Foreign.word() + "death")
                        .without(all, List.of())
                        .find())
                .isEmpty();
        assertThat(IgnoredProcesses.read().without(all, List.of())).isSameAs(all);
    }

    // --- managed

    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", "read go"},
            stdin = ManagedProcess.PIPE,
            ready = @Ready(aliveFor = "0s"))
    static class EndsTheSharedOne {
        @WaitForDeath(name = "worker", timeout = "60s")
        @Test
        void tellsItToEnd(SupervisedProcess worker) {
            worker.send("go\n");
        }
    }

    @ManagedProcess(
            name = "worker",
            command = {"sleep", "600"},
            ready = @Ready(aliveFor = "0s"))
    static class LeavesTheSharedOne {
        @WaitForDeath(name = "worker", timeout = "0s")
        @Test
        void leaves(SupervisedProcess worker) {
            assertThat(worker.isReady()).isTrue();
        }
    }

    @WaitForDeath(name = "worker", timeout = "0s")
    @ManagedProcess(
            name = "worker",
            command = {"sh", "-c", "setsid sleep 600 & exec sleep 600"},
            ready = @Ready(aliveFor = "0s"))
    static class StopsItsOwn {
        @Test
        void runs() {}
    }

    @Test
    void managed_sharedOne_isToBeEndedByTheTest() {
        Kit.pass(EndsTheSharedOne.class);
        assertThat(failureOf(Kit.run(LeavesTheSharedOne.class)).replaceAll("\\(\\S*/sleep", "(sleep"))
                .isEqualTo("""
                        WaitForDeathTest.LeavesTheSharedOne.leaves has ended, and 'worker' was to be dead within 0 ms, but a process is alive
                          pid PID (sleep 600), parent PID, up for TIME; it was there before
                          try         let the test end what it has started, or wait longer with 'timeout' of @WaitForDeath(name = "worker") on WaitForDeathTest.LeavesTheSharedOne.leaves; name in 'ignore' what may stay""");
    }

    @Test
    void managed_ownOne_isStoppedBefore() {
        Kit.pass(StopsItsOwn.class);
    }

    // --- order

    static class StopsBeforeItWaits {
        @ManagedProcess(
                name = "own",
                command = {"bash", "-c", "exec -a \"$0\" bash -c 'echo ready; read x'", NAME},
                stdin = ManagedProcess.PIPE,
                ready = @Ready(log = "ready"))
        @WaitForDeath(process = NAME, timeout = "0s")
        @Test
        void runs() {}
    }

    @Test
    void stopComesFirst() {
        Kit.pass(StopsBeforeItWaits.class);
    }

    static class NeverBegins {
        @WaitForStart(process = NAME, since = Since.TEST, ready = @Ready(timeout = "0s"))
        @WaitForDeath(process = NAME, timeout = "10m")
        @Test
        void never() {}
    }

    @Test
    void testThatNeverBegan_isNotAskedForTheEndOfOthers() {
        foreign.start("death");

        Throwable failure = Kit.failure(run(NeverBegins.class));

        assertThat(failure).hasMessageStartingWith("Nothing fresh was started within 0 ms");
        assertThat(failure.getSuppressed()).isEmpty();
    }
}
