package dev.procession.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ExitStatus;
import dev.procession.readiness.ReadinessWait.Kind;
import dev.procession.readiness.ReadinessWait.Outcome;
import dev.procession.readiness.ReadinessWait.Waited;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class ReadinessWaitTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final BiConsumer<Duration, String> SILENT = (elapsed, waiting) -> {};

    private static final ReadinessProbe.Answer NOTHING = new ReadinessProbe.NotYet("nothing", 0);

    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    /** Answers by the number of the look, from 1. */
    private static final class Scripted implements ReadinessProbe {
        private final String description;
        private final IntFunction<Answer> answers;
        private final AtomicInteger looks = new AtomicInteger();

        Scripted(String description, IntFunction<Answer> answers) {
            this.description = description;
            this.answers = answers;
        }

        @Override
        public String description() {
            return description;
        }

        @Override
        public Answer look() {
            return answers.apply(looks.incrementAndGet());
        }

        int looks() {
            return looks.get();
        }
    }

    private static Scripted never(String description) {
        return new Scripted(description, look -> NOTHING);
    }

    private static Scripted afterLooks(String description, int looks) {
        return new Scripted(
                description,
                look -> look > looks
                        ? new ReadinessProbe.Holds("there")
                        : new ReadinessProbe.NotYet("not there, " + look, 0));
    }

    private Outcome await(List<ReadinessProbe> conditions, List<ReadinessProbe> vetoes, Duration timeout) {
        return drive(new ReadinessWait(conditions, vetoes, exit, false, timeout, SILENT));
    }

    private static Outcome drive(ReadinessWait wait) {
        while (true) {
            Optional<Outcome> outcome = wait.look();
            if (outcome.isPresent()) {
                return outcome.get();
            }
            LockSupport.parkNanos(wait.pauseNanos());
        }
    }

    @Test
    void itIsReadyWhenEveryConditionHasHeld() {
        Scripted first = afterLooks("first", 0);
        Scripted second = afterLooks("second", 3);

        Outcome outcome = await(List.of(first, second), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.READY);
        assertThat(outcome.waited())
                .containsExactly(new Waited("first", true, "there"), new Waited("second", true, "there"));
        assertThat(outcome.reason()).isEmpty();
        assertThat(outcome.fix()).isEmpty();
    }

    @Test
    void whatHasHeldIsNotAskedAgain() {
        Scripted first = afterLooks("first", 0);
        Scripted second = afterLooks("second", 3);

        await(List.of(first, second), List.of(), LONG);

        assertThat(first.looks()).isEqualTo(1);
        assertThat(second.looks()).isEqualTo(4);
    }

    /** What it has found can change. */
    private static final class Changing implements ReadinessProbe {
        private final Scripted scripted;
        private final Scripted again;

        Changing(Scripted scripted, Scripted again) {
            this.scripted = scripted;
            this.again = again;
        }

        @Override
        public String description() {
            return scripted.description();
        }

        @Override
        public Answer look() {
            return scripted.look();
        }

        @Override
        public Optional<Answer> proveAgain() {
            return Optional.of(again.look());
        }
    }

    @Test
    void whatCanHaveChangedIsProvedAgainAtTheEndUnlessItWasFoundJustNow() {
        Scripted first = afterLooks("first", 0);
        Scripted firstAgain = afterLooks("again", 0);
        Scripted second = afterLooks("second", 3);
        Scripted secondAgain = afterLooks("again", 0);

        Outcome outcome =
                await(List.of(new Changing(first, firstAgain), new Changing(second, secondAgain)), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.READY);
        assertThat(List.of(first.looks(), firstAgain.looks(), second.looks(), secondAgain.looks()))
                .containsExactly(1, 1, 4, 0);
    }

    @Test
    void whatHasChangedAtTheEndIsAwaitedAnewAndThenAllTheRestIsProvedAgain() {
        Scripted first = new Scripted("first", look -> look == 2 ? NOTHING : new ReadinessProbe.Holds("there"));
        Scripted firstAgain = new Scripted("again", look -> NOTHING);
        Scripted second = afterLooks("second", 3);
        Scripted secondAgain = afterLooks("again", 0);

        Outcome outcome =
                await(List.of(new Changing(first, firstAgain), new Changing(second, secondAgain)), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.READY);
        assertThat(List.of(first.looks(), firstAgain.looks(), second.looks(), secondAgain.looks()))
                .containsExactly(3, 1, 4, 1);
    }

    @Test
    void whatHasBecomeAStrangersAtTheEndEndsTheWait() {
        Changing taken = new Changing(
                afterLooks("first", 0),
                new Scripted("again", look -> new ReadinessProbe.Never("served by nginx", "stop it")));

        Outcome outcome = await(List.of(taken, afterLooks("second", 3)), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.NEVER);
        assertThat(outcome.reason()).isEqualTo("served by nginx");
        assertThat(outcome.fix()).isEqualTo("stop it");
        assertThat(outcome.waited())
                .containsExactly(new Waited("first", false, "served by nginx"), new Waited("second", true, "there"));
    }

    @Test
    void withoutConditionsItIsReadyAtOnce() {
        assertThat(await(List.of(), List.of(), Duration.ZERO).kind()).isEqualTo(Kind.READY);
    }

    @Test
    void aTimeoutOfZeroIsOneLook() {
        Scripted ready = afterLooks("ready", 0);
        Scripted late = afterLooks("late", 1);

        assertThat(await(List.of(ready), List.of(), Duration.ZERO).kind()).isEqualTo(Kind.READY);
        assertThat(await(List.of(late), List.of(), Duration.ZERO).kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(late.looks()).isEqualTo(1);
    }

    @Test
    void aTimeoutTellsHowEveryConditionStood() {
        Outcome outcome = await(List.of(afterLooks("first", 0), never("second")), List.of(), Duration.ofMillis(20));

        assertThat(outcome.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(outcome.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
        assertThat(outcome.waited())
                .containsExactly(new Waited("first", true, "there"), new Waited("second", false, "nothing"));
    }

    @Test
    void whoHasAlreadyExitedIsNotReadyWhateverElseHolds() {
        Scripted ready = afterLooks("ready", 0);
        exit.complete(new ExitStatus.Code(0));

        Outcome outcome = await(List.of(ready), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.EXITED);
        assertThat(outcome.waited()).containsExactly(new Waited("ready", false, ""));
        assertThat(ready.looks()).isZero();
    }

    @Test
    void whoExitsWhileItAnswersIsNotReady() {
        Scripted last = new Scripted("last", look -> {
            exit.complete(new ExitStatus.Code(1));
            return new ReadinessProbe.Holds("answered");
        });

        assertThat(await(List.of(last), List.of(), LONG).kind()).isEqualTo(Kind.EXITED);
    }

    @Test
    void anExitEndsTheWaitWithWhatWasSeenLast() {
        Scripted probe = new Scripted("probe", look -> {
            if (look == 3) {
                exit.complete(new ExitStatus.Code(1));
            }
            return new ReadinessProbe.NotYet("nothing, " + look, 0);
        });

        Outcome outcome = await(List.of(probe), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.EXITED);
        assertThat(outcome.waited()).containsExactly(new Waited("probe", false, "nothing, 3"));
    }

    @Test
    void afterAnExitThereIsALookForWhatCanStillBeLearned() {
        ReadinessProbe log = new ReadinessProbe() {
            @Override
            public String description() {
                return "log";
            }

            @Override
            public Answer look() {
                exit.complete(new ExitStatus.Code(1));
                return new NotYet("nothing logged", 0);
            }

            @Override
            public Optional<Answer> lookAfterExit() {
                return Optional.of(new NotYet("last words", 0));
            }
        };

        assertThat(await(List.of(log), List.of(), LONG).waited())
                .containsExactly(new Waited("log", false, "last words"));
    }

    @Test
    void aConditionThatCannotHoldAnyMoreEndsTheWait() {
        Scripted hopeless = new Scripted("hopeless", look -> new ReadinessProbe.Never("served by nginx", "stop it"));

        Outcome outcome = await(List.of(never("first"), hopeless), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.NEVER);
        assertThat(outcome.reason()).isEqualTo("served by nginx");
        assertThat(outcome.fix()).isEqualTo("stop it");
        assertThat(outcome.waited())
                .containsExactly(
                        new Waited("first", false, "nothing"), new Waited("hopeless", false, "served by nginx"));
    }

    @Test
    void aVetoEndsTheWaitEvenWhereAllElseHolds() {
        Scripted veto = new Scripted("veto", look -> new ReadinessProbe.Never("it logged ERROR", "mend it"));
        Scripted ready = afterLooks("ready", 0);

        Outcome outcome = await(List.of(ready), List.of(veto), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.NEVER);
        assertThat(outcome.reason()).isEqualTo("it logged ERROR");
        assertThat(outcome.fix()).isEqualTo("mend it");
        assertThat(outcome.waited()).containsExactly(new Waited("ready", false, ""));
    }

    @Test
    void aVetoThatIsNotRaisedIsAskedAtEveryLookAndNotAwaited() {
        Scripted veto = new Scripted("veto", look -> new ReadinessProbe.Holds("no such line"));
        Scripted ready = afterLooks("ready", 2);

        Outcome outcome = await(List.of(ready), List.of(veto), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.READY);
        assertThat(outcome.waited()).containsExactly(new Waited("ready", true, "there"));
        assertThat(veto.looks()).isEqualTo(3);
    }

    @Test
    void aConditionThatAsksForAPauseIsLeftAlone() {
        Scripted slow = new Scripted("slow", look -> new ReadinessProbe.NotYet("not before tomorrow", 86_400_000));
        Scripted fast = new Scripted("fast", look -> {
            if (look <= 5) {
                return new ReadinessProbe.NotYet("not there, " + look, 0);
            }
            exit.complete(new ExitStatus.Code(0));
            return new ReadinessProbe.Holds("there");
        });

        Outcome outcome = await(List.of(slow, fast), List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.EXITED);
        assertThat(slow.looks()).isEqualTo(1);
        assertThat(fast.looks()).isEqualTo(6);
        assertThat(outcome.waited())
                .containsExactly(new Waited("slow", false, "not before tomorrow"), new Waited("fast", true, "there"));
    }

    @Test
    void anInterruptEndsTheWaitAndStaysSet() {
        Thread.currentThread().interrupt();
        Outcome outcome;
        try {
            outcome = await(List.of(never("first")), List.of(), LONG);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertThat(outcome.kind()).isEqualTo(Kind.INTERRUPTED);
        assertThat(outcome.waited()).containsExactly(new Waited("first", false, "nothing"));
    }

    @Test
    void anInterruptFromOutsideEndsTheWait() throws Exception {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        Thread waiter = new Thread(() -> outcome.complete(await(List.of(never("first")), List.of(), LONG)));
        waiter.start();

        waiter.interrupt();

        assertThat(outcome.get(60, TimeUnit.SECONDS).kind()).isEqualTo(Kind.INTERRUPTED);
        waiter.join();
    }

    @Test
    void aLongWaitGivesSignsOfItself() {
        List<String> signs = new ArrayList<>();
        List<Duration> times = new ArrayList<>();
        Scripted last = new Scripted(
                "last",
                look -> signs.size() >= 3
                        ? new ReadinessProbe.Holds("there")
                        : new ReadinessProbe.NotYet("not there", 0));

        Outcome outcome = drive(new ReadinessWait(
                List.of(afterLooks("first", 0), never("second"), last),
                List.of(),
                exit,
                false,
                LONG,
                (elapsed, waiting) -> {
                    times.add(elapsed);
                    signs.add(waiting);
                    if (signs.size() == 5) {
                        exit.complete(new ExitStatus.Code(0));
                    }
                },
                Duration.ofMillis(5)));

        assertThat(outcome.kind()).isEqualTo(Kind.EXITED);
        assertThat(signs.subList(0, 3)).containsOnly("second, last: nothing; last, last: not there");
        assertThat(signs.subList(3, signs.size())).containsOnly("second, last: nothing");
        assertThat(times)
                .isSorted()
                .first()
                .satisfies(time -> assertThat(time).isGreaterThanOrEqualTo(Duration.ofMillis(5)));
    }

    @Test
    void aSignOfAConditionThatShowsNothingIsItsName() {
        List<String> signs = new ArrayList<>();
        Scripted silent = new Scripted(
                "alive for 1 s",
                look -> signs.isEmpty() ? new ReadinessProbe.NotYet("", 0) : new ReadinessProbe.Holds(""));

        drive(new ReadinessWait(
                List.of(silent),
                List.of(),
                exit,
                false,
                LONG,
                (elapsed, waiting) -> signs.add(waiting),
                Duration.ZERO));

        assertThat(signs).containsExactly("alive for 1 s");
    }

    @Test
    void aShortWaitGivesNone() {
        List<String> signs = new ArrayList<>();

        drive(new ReadinessWait(
                List.of(afterLooks("first", 2)),
                List.of(),
                exit,
                false,
                LONG,
                (elapsed, waiting) -> signs.add(waiting),
                Duration.ofHours(1)));

        assertThat(signs).isEmpty();
    }

    private Outcome awaitOneShot(List<ReadinessProbe> vetoes, Duration timeout) {
        return drive(
                new ReadinessWait(List.of(new ExitProbe(Set.of(0, 3), exit)), vetoes, exit, true, timeout, SILENT));
    }

    @Test
    void aOneShotIsReadyWhenItHasEndedWell() {
        Scripted veto = new Scripted("veto", look -> {
            if (look == 3) {
                exit.complete(new ExitStatus.Code(3));
            }
            return new ReadinessProbe.Holds("no such line");
        });

        Outcome outcome = awaitOneShot(List.of(veto), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.READY);
        assertThat(outcome.waited()).containsExactly(new Waited("exit code 0 or 3", true, "exit code 3"));
    }

    @Test
    void aOneShotThatHasEndedBeforeTheFirstLookIsReady() {
        exit.complete(new ExitStatus.Code(0));

        assertThat(awaitOneShot(List.of(), Duration.ZERO).kind()).isEqualTo(Kind.READY);
    }

    @Test
    void aOneShotThatEndsOtherwiseIsNot() {
        exit.complete(new ExitStatus.Code(1));

        Outcome outcome = awaitOneShot(List.of(), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.EXITED);
        assertThat(outcome.waited()).containsExactly(new Waited("exit code 0 or 3", false, "exit code 1"));
    }

    @Test
    void aOneShotThatDoesNotEndIsNot() {
        Outcome outcome = awaitOneShot(List.of(), Duration.ZERO);

        assertThat(outcome.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(outcome.waited()).containsExactly(new Waited("exit code 0 or 3", false, "still running"));
    }

    @Test
    void theLastLinesOfAOneShotCanRaiseAVeto() {
        exit.complete(new ExitStatus.Code(0));
        ReadinessProbe veto = new ReadinessProbe() {
            @Override
            public String description() {
                return "veto";
            }

            @Override
            public Answer look() {
                return new Holds("no such line");
            }

            @Override
            public Optional<Answer> lookAfterExit() {
                return Optional.of(new Never("it logged ERROR", "mend it"));
            }
        };

        Outcome outcome = awaitOneShot(List.of(veto), LONG);

        assertThat(outcome.kind()).isEqualTo(Kind.NEVER);
        assertThat(outcome.reason()).isEqualTo("it logged ERROR");
        assertThat(outcome.fix()).isEqualTo("mend it");
    }
}
