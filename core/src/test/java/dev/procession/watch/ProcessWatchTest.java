package dev.procession.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.procession.os.Child;
import dev.procession.os.DeathWatch;
import dev.procession.process.DidNotStartException;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.OldStartTimeException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessWatchTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final ProcessWatch watch = ProcessWatch.ofJvm();
    private final String word = Actors.word();
    private final ProcessQuery query = ProcessQuery.named(word);

    @TempDir
    private Path folder;

    private Actors actors;

    @BeforeEach
    void open() {
        actors = new Actors(folder);
    }

    @AfterEach
    void close() {
        actors.close();
    }

    /** A selection that lets others know that it was asked. */
    private record Asked(ProcessSelection real, CountDownLatch times) implements ProcessSelection {
        @Override
        public List<FoundProcess> find() {
            List<FoundProcess> found = real.find();
            times.countDown();
            return found;
        }

        void await() throws InterruptedException {
            assertThat(times.await(LONG.toSeconds(), TimeUnit.SECONDS))
                    .as("it was asked often enough")
                    .isTrue();
        }

        @Override
        public String toString() {
            return real.toString();
        }
    }

    private Asked asked(int times) {
        return new Asked(query, new CountDownLatch(times));
    }

    private static void kill(ProcessId id) {
        Backends.nativeOne().signaller().send(id, Signal.KILL);
    }

    @Test
    void awaitStart_startedMeanwhile_isReturned() throws Exception {
        Epoch epoch = Epoch.now();
        Asked asked = asked(3);
        Future<List<FoundProcess>> start = Await.async(() -> watch.awaitStart(asked, epoch, LONG));
        asked.await();

        ProcessId id = actors.start(word);

        assertThat(Actors.ids(Await.result(start))).contains(id);
    }

    @Test
    void awaitStart_nobody_saysSoWhenTheTimeIsOver() {
        ProcessQuery sought = query.args("a b");
        long start = System.nanoTime();

        assertThatThrownBy(() -> watch.awaitStart(sought, Epoch.now(), SHORT))
                .isExactlyInstanceOf(DidNotStartException.class)
                .isInstanceOf(WaitTimeoutException.class)
                .hasMessage("""
                        Nothing was started within 300 ms
                          looked for  '%s' with the arguments 'a b'
                          found       no such process, old or fresh
                          try         compare with what 'ps -eo pid,lstart,args' shows; each argument must be a whole\
                         one, unless they are compared loosely; or wait longer""".formatted(word));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
    }

    @Test
    void awaitStart_onlyAnOldOne_carriesIt() throws Exception {
        ProcessId old = actors.start(word, "--token=geheim");
        Epoch epoch = Epoch.now();

        OldStartTimeException failure =
                catchThrowableOfType(OldStartTimeException.class, () -> watch.awaitStart(query, epoch, SHORT));

        assertThat(Actors.ids(failure.old())).containsExactly(old);
        assertThat(failure).isInstanceOf(WaitTimeoutException.class);
        assertThat(failure.getMessage()
                        .replaceAll("\\d+(\\.\\d)? (ms|s) ago", "T ago")
                        .replaceAll("for \\d.*", "for T"))
                .isEqualTo("""
                        Nothing fresh was started within 300 ms: what is there is older
                          looked for  '%s'
                          fresh       started not longer than T ago
                          found       pid %d (%s -c '%s' '--token=***'), up for T
                          try         end it with 'kill %d' and start it anew; or, if an old one will do, allow a longer\
                         time""".formatted(word, old.pid(), word, Actors.waiting(), old.pid()));
    }

    @Test
    void awaitStart_oldAndFresh_theFreshIsReturned() throws Exception {
        actors.start(word);
        Epoch epoch = Epoch.now();
        ProcessId fresh = actors.start(word);

        assertThat(Actors.ids(watch.awaitStart(query, epoch, Duration.ZERO))).containsExactly(fresh);
    }

    @Test
    void awaitOnlyFresh_oldBesideFresh_isTooOldUntilItDies() throws Exception {
        ProcessId old = actors.start(word);
        Epoch epoch = Epoch.now();
        ProcessId fresh = actors.start(word);

        assertThat(catchThrowableOfType(
                                OldStartTimeException.class, () -> watch.awaitOnlyFresh(query, epoch, Duration.ZERO))
                        .old())
                .extracting(FoundProcess::id)
                .containsExactly(old);

        Asked asked = asked(2);
        Future<List<FoundProcess>> start = Await.async(() -> watch.awaitOnlyFresh(asked, epoch, LONG));
        asked.await();
        kill(old);

        assertThat(Actors.ids(Await.result(start))).containsExactly(fresh);
    }

    @Test
    void awaitStart_theOldOneDiesAndAFreshOneComes_isReturned() throws Exception {
        ProcessId old = actors.start(word);
        Epoch epoch = Epoch.now();
        Asked asked = asked(2);
        Future<List<FoundProcess>> start = Await.async(() -> watch.awaitStart(asked, epoch, LONG));
        asked.await();

        kill(old);
        Processes.awaitDeath(old);
        ProcessId fresh = actors.start(word);

        assertThat(Actors.ids(Await.result(start))).contains(fresh).doesNotContain(old);
    }

    @Test
    void awaitStart_becomesTheProgramLateOn_isFound() throws Exception {
        Epoch epoch = Epoch.now();
        Asked asked = asked(20);
        Child late = actors.child("launcher", "echo ready; read -r x; exec -a " + word + " sleep 1000 </dev/null");
        // Its input has ended, so it goes on at once; what counts is that the same process changes its name.
        Future<List<FoundProcess>> start = Await.async(() -> watch.awaitStart(asked, epoch, LONG));

        assertThat(Actors.ids(Await.result(start))).containsExactly(late.id());
    }

    @Test
    void awaitStart_startedBeforeAndBecomesTheProgramAfterwards_isOld() throws Exception {
        Child late = actors.child(
                "launcher",
                "trap 'exec -a " + word
                        + " sleep 1000' USR1; exec 4<> <(:); echo ready; while :; do read -r -t 0.1 -u 4 x; done");
        Epoch epoch = Epoch.now();
        Backends.nativeOne().signaller().send(late.id(), Signal.USR1);
        Await.until("it is the program", () -> !query.find().isEmpty());

        assertThatThrownBy(() -> watch.awaitStart(query, epoch, Duration.ZERO))
                .isInstanceOf(OldStartTimeException.class);
        assertThat(watch.awaitStart(query, Epoch.ago(Duration.ofMinutes(2)), Duration.ZERO))
                .hasSize(1);
    }

    @Test
    void awaitStart_forkOfAnOldOne_isAsOld() throws Exception {
        String forkOnDemand = "trap '(echo forked $BASHPID; " + Actors.waiting()
                + ") & ' USR1; exec 4<> <(:); echo ready; while :; do read -r -t 0.1 -u 4 x; done";
        Child old = actors.child(word, forkOnDemand);
        Epoch epoch = Epoch.now();
        Backends.nativeOne().signaller().send(old.id(), Signal.USR1);
        String fork = Await.lines(actors.trial().stdout(old), 2).get(1).substring("forked ".length());

        OldStartTimeException failure =
                catchThrowableOfType(OldStartTimeException.class, () -> watch.awaitStart(query, epoch, Duration.ZERO));

        assertThat(failure.old())
                .extracting(FoundProcess::pid)
                .contains(Long.valueOf(fork), old.id().pid());
    }

    @Test
    void awaitStart_forkOfAnOldOneThatDiesMeanwhile_staysOld() throws Exception {
        String forkOnDemand = "trap '(echo forked $BASHPID; " + Actors.waiting()
                + ") & ' USR1; exec 4<> <(:); echo ready; while :; do read -r -t 0.1 -u 4 x; done";
        Child old = actors.child(word, forkOnDemand);
        Epoch epoch = Epoch.now();
        Backends.nativeOne().signaller().send(old.id(), Signal.USR1);
        ProcessId fork = Processes.identity(
                Await.lines(actors.trial().stdout(old), 2).get(1).substring("forked ".length()));
        try {
            Asked asked = asked(2);
            Future<List<FoundProcess>> start = Await.async(() -> watch.awaitStart(asked, epoch, LONG));
            asked.await();

            kill(old.id());
            Processes.awaitDeath(old.id());
            ProcessId fresh = actors.start(word);

            assertThat(Actors.ids(Await.result(start))).contains(fresh).doesNotContain(fork);
        } finally {
            Processes.kill(Backends.nativeOne(), Set.of(fork));
        }
    }

    @Test
    void awaitStart_timeoutOfZero_isOneLook() throws Exception {
        Asked asked = asked(2);

        assertThatThrownBy(() -> watch.awaitStart(asked, Epoch.now(), Duration.ZERO))
                .isInstanceOf(DidNotStartException.class)
                .hasMessage("""
                        Nothing was started within 0 ms
                          looked for  '%s'
                          found       no such process, old or fresh
                          try         look whether it was started at all; or wait longer""".formatted(word));
        assertThat(asked.times().getCount()).isOne();

        Epoch epoch = Epoch.now();
        ProcessId id = actors.start(word);
        assertThat(Actors.ids(watch.awaitStart(query, epoch, Duration.ZERO))).containsExactly(id);
    }

    @Test
    void awaitStart_interrupted_endsAtOnceAndStaysInterrupted() throws Exception {
        Asked asked = asked(2);
        Epoch epoch = Epoch.now();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        watch.awaitStart(asked, epoch, LONG);
                    } catch (ProcessionException e) {
                        failure.complete(e);
                    }
                    interrupted.complete(Thread.currentThread().isInterrupted());
                },
                "waiter");
        thread.start();
        asked.await();
        thread.interrupt();

        assertThat(Await.result(interrupted)).isTrue();
        assertThat(Await.result(failure))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Interrupted while waiting for the start of '" + word + "'");
    }

    @Test
    void awaitDeath_nobody_isEmptyAtOnce() {
        assertThat(watch.awaitDeath(query, Duration.ZERO)).isEmpty();
        assertThat(watch.awaitDeath(query, LONG)).isEmpty();
    }

    @Test
    void awaitDeath_diesMeanwhile_isEmpty() throws Exception {
        ProcessId first = actors.start(word);
        ProcessId second = actors.start(word);
        Asked asked = asked(1);
        Future<List<FoundProcess>> death = Await.async(() -> watch.awaitDeath(asked, LONG));
        asked.await();

        kill(first);
        kill(second);

        assertThat(Await.result(death)).isEmpty();
    }

    @Test
    void awaitDeath_outlivesTheTimeout_isNamed() throws Exception {
        ProcessId first = actors.start(word, "first");
        ProcessId second = actors.start(word, "second");
        long start = System.nanoTime();

        assertThat(Actors.ids(watch.awaitDeath(query, SHORT))).containsExactly(second, first);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
        assertThat(Actors.ids(watch.awaitDeath(query, Duration.ZERO))).containsExactly(second, first);
        assertThat(watch.awaitDeath(query.ignoring(first.pid(), second.pid()), Duration.ZERO))
                .isEmpty();
        assertThat(Actors.ids(watch.awaitDeath(query.ignoring(List.of(second)), Duration.ZERO)))
                .containsExactly(first);
    }

    @Test
    void awaitDeath_startedAnewMeanwhile_countsAsAlive() throws Exception {
        ProcessId first = actors.start(word);
        Asked asked = asked(1);
        Future<List<FoundProcess>> death = Await.async(() -> watch.awaitDeath(asked, LONG));
        asked.await();

        ProcessId second = actors.start(word);
        kill(first);
        Processes.awaitDeath(first);

        Asked again = asked(1);
        assertThat(Actors.ids(watch.awaitDeath(again, SHORT))).containsExactly(second);
        assertThat(death).isNotDone();
        kill(second);
        assertThat(Await.result(death)).isEmpty();
    }

    @Test
    void awaitDeath_byIds_whoeverIsStartedAnewDoesNotMatter() throws Exception {
        ProcessId first = actors.start(word);
        ProcessSelection selection = ProcessSelection.ofPids(first.pid());
        Future<List<FoundProcess>> death = Await.async(() -> watch.awaitDeath(selection, LONG));

        ProcessId second = actors.start(word);
        kill(first);

        assertThat(Await.result(death)).isEmpty();
        assertThat(Processes.isAlive(second)).isTrue();
    }

    @Test
    void awaitDeath_becomesAnotherProgram_isNoLongerWaitedFor() throws Exception {
        Child child = actors.child(
                word,
                "trap 'exec -a other sleep 1000' USR1; exec 4<> <(:); echo ready; while :; do read -r -t 0.1 -u 4 x; done");
        Asked asked = asked(1);
        Future<List<FoundProcess>> death = Await.async(() -> watch.awaitDeath(asked, LONG));
        asked.await();

        Backends.nativeOne().signaller().send(child.id(), Signal.USR1);

        assertThat(Await.result(death)).isEmpty();
        assertThat(Processes.isAlive(child.id())).isTrue();
    }

    @Test
    void awaitStart_whoStartedUs_doesNotCount() {
        ProcessSelection parent = ProcessSelection.ofPids(
                ProcessHandle.current().parent().orElseThrow().pid());

        assertThat(parent.find()).hasSize(1);
        assertThatThrownBy(() -> watch.awaitStart(parent, Epoch.now(), Duration.ZERO))
                .isInstanceOf(DidNotStartException.class);
    }

    @Test
    void awaitDeath_whoStartedUs_isNotWaitedFor() {
        long parent = ProcessHandle.current().parent().orElseThrow().pid();

        assertThat(watch.awaitDeath(ProcessSelection.ofPids(parent), Duration.ZERO))
                .isEmpty();
    }

    @Test
    void awaitDeath_portableWay_isEmptyWhenAllAreGone() throws Exception {
        ProcessId id = actors.start(word);
        Asked asked = asked(1);
        Future<List<FoundProcess>> death = Await.async(
                () -> ProcessWatch.with(Backends.portable().deaths()).awaitDeath(asked, LONG));
        asked.await();

        kill(id);

        assertThat(Await.result(death)).isEmpty();
    }

    @Test
    void awaitDeath_interrupted_endsAtOnceAndLeavesNoWatchBehind() throws Exception {
        actors.start(word);
        List<CompletableFuture<Void>> armed = new CopyOnWriteArrayList<>();
        DeathWatch real = Backends.nativeOne().deaths();
        ProcessWatch recorded = ProcessWatch.with(id -> {
            CompletableFuture<Void> death = real.death(id);
            armed.add(death);
            return death;
        });
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        recorded.awaitDeath(query, LONG);
                    } catch (ProcessionException e) {
                        failure.complete(e);
                    }
                },
                "waiter");
        thread.start();
        Await.until("a watch is armed", () -> !armed.isEmpty());
        thread.interrupt();

        assertThat(Await.result(failure))
                .isExactlyInstanceOf(ProcessionException.class)
                .hasMessage("Interrupted while waiting for the death of '" + word + "'");
        assertThat(armed).isNotEmpty().allMatch(CompletableFuture::isCancelled);
    }

    /** Deaths of processes that are no children of ours, all awaited at the same time. */
    @Test
    void awaitDeath_fiveHundredForeignProcesses_needsNoThreadForEach() throws Exception {
        Child parent = actors.child(
                "parent",
                "for i in {1..500}; do sleep 1000 & done; echo ready; wait; echo reaped;" + Actors.waiting(),
                word);
        Set<ProcessId> all = Processes.TABLE.scan().stream()
                .filter(row -> row.parentPid() == parent.id().pid() && !row.isDead())
                .map(row -> row.id())
                .collect(Collectors.toSet());
        assertThat(all).hasSize(500);
        watch.awaitDeath(ProcessSelection.ofIds(List.of(all.iterator().next())), Duration.ofMillis(1));
        int before = Thread.getAllStackTraces().size();
        ProcessSelection selection = ProcessSelection.ofIds(all);
        Asked asked = new Asked(selection, new CountDownLatch(2));

        Future<List<FoundProcess>> death = Await.async(() -> watch.awaitDeath(asked, LONG));
        asked.await();
        int during = Thread.getAllStackTraces().size();
        all.forEach(ProcessWatchTest::kill);

        assertThat(Await.result(death)).isEmpty();
        assertThat(during - before).as("threads more").isLessThanOrEqualTo(3);
    }

    @Test
    void await_negativeTimeout_isRefused() {
        assertThatThrownBy(() -> watch.awaitDeath(query, Duration.ofSeconds(-1)))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is PT-1S; give a duration between 0 and a year");
        assertThatThrownBy(() -> watch.awaitStart(query, Epoch.ofJvm(), Duration.ofDays(400)))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'timeout' is PT9600H; give a duration between 0 and a year");
    }
}
