package dev.procession.assertj;

import dev.procession.process.Durations;
import dev.procession.process.Epoch;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessionException;
import dev.procession.watch.ProcessWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions about the processes that a query means, whoever has started them. For one thread.
 *
 * <p>Each is one look at the machine, but for {@link #dieWithin}, which waits. A failure names each process with pid,
 * parent, age and command; what looks like a secret is hidden.
 */
public class ProcessQueryAssert extends AbstractAssert<ProcessQueryAssert, ProcessQuery> {

    private static final String LOOK = "compare with what 'ps -eo pid,lstart,args' shows";

    public ProcessQueryAssert(@Nullable ProcessQuery actual) {
        super(actual, ProcessQueryAssert.class);
    }

    /**
     * At least one is there.
     *
     * <pre>{@code
     * assertThatProcesses(ProcessQuery.named("postgres")).areRunning(); // passes while a PostgreSQL runs
     * assertThatProcesses(ProcessQuery.named("postgrse")).areRunning(); // fails
     * }</pre>
     *
     * @throws InvalidSpecException if the query names a user whom this machine does not know; also from the others
     */
    public ProcessQueryAssert areRunning() {
        if (query().find().isEmpty()) {
            fail("be running, but there is no such process", List.of(), LOOK);
        }
        return this;
    }

    /**
     * None is there. A zombie has ended.
     *
     * <pre>{@code
     * assertThatProcesses(ProcessQuery.named("python").args("apps/worker.py")).areDead(); // passes when all have ended
     * assertThatProcesses(ProcessQuery.named("postgres")).areDead(); // fails while a PostgreSQL runs
     * }</pre>
     */
    public ProcessQueryAssert areDead() {
        List<FoundProcess> found = query().find();
        if (!found.isEmpty()) {
            fail(
                    "be dead, but " + are(found, "alive"),
                    found,
                    "wait for their end, with dieWithin, if they have been told to");
        }
        return this;
    }

    /**
     * None is there before the time is up. Waits for it, and goes on the moment the last one ends; what is started anew
     * meanwhile counts. Who has started this JVM is not waited for.
     *
     * <pre>{@code
     * ProcessQuery workers = ProcessQuery.named("python").args("apps/worker.py");
     * workers.kill();
     * assertThatProcesses(workers).dieWithin(Duration.ofSeconds(5)); // passes if they obey
     * assertThatProcesses(ProcessQuery.named("postgres")).dieWithin(Duration.ZERO); // fails while a PostgreSQL runs
     * }</pre>
     *
     * @param timeout 0 is one look
     * @throws InvalidSpecException if the timeout is negative or longer than a year
     * @throws ProcessionException if the thread is interrupted, which it still is then
     */
    public ProcessQueryAssert dieWithin(Duration timeout) {
        Durations.check("timeout", timeout);
        List<FoundProcess> left = ProcessWatch.ofJvm().awaitDeath(query(), timeout);
        if (!left.isEmpty()) {
            fail(
                    "die within " + Durations.describe(timeout) + ", but " + are(left, "alive"),
                    left,
                    "look at what they wait for; a signal they ignore does not end them, KILL does");
        }
        return this;
    }

    /**
     * At least one is there, and all were started at this moment or later, and not forked from an older one. A process that
     * was started up to 20 ms earlier may pass.
     *
     * <pre>{@code
     * Instant before = Instant.now();
     * start("apps/worker.py");
     * assertThatProcesses(ProcessQuery.named("python").args("apps/worker.py")).haveStartedAfter(before); // passes
     * assertThatProcesses(ProcessQuery.named("postgres")).haveStartedAfter(before); // fails if it is older
     * }</pre>
     */
    public ProcessQueryAssert haveStartedAfter(Instant moment) {
        return haveStartedAfter(Epoch.at(moment), moment.toString());
    }

    /**
     * The same by the machine's own clock, exact to a tick, and whatever becomes of the wall clock: take
     * {@link Epoch#now()} before the start.
     */
    public ProcessQueryAssert haveStartedAfter(Epoch epoch) {
        return haveStartedAfter(epoch, epoch.toString());
    }

    private ProcessQueryAssert haveStartedAfter(Epoch epoch, String moment) {
        List<FoundProcess> all = query().find();
        if (all.isEmpty()) {
            fail("have been started after " + moment + ", but there is no such process", all, LOOK);
        }
        Set<FoundProcess> fresh = new HashSet<>(query().startedAfter(epoch).find());
        List<FoundProcess> old = all.stream()
                .filter(process -> fresh.stream().noneMatch(young -> young.id().equals(process.id())))
                .filter(process -> process.id().isAlive())
                .toList();
        if (!old.isEmpty()) {
            fail(
                    "have been started after " + moment + ", but " + are(old, "older"),
                    old,
                    "take the moment before the start is asked for; end the old ones first");
        }
        return this;
    }

    private ProcessQuery query() {
        isNotNull();
        return actual;
    }

    private static String are(List<FoundProcess> processes, String how) {
        return (processes.size() == 1 ? "one is " : processes.size() + " are ") + how;
    }

    private void fail(String expectation, List<FoundProcess> found, String remedy) {
        String lines = found.stream()
                .map(process -> "\n  process     " + process + ", parent "
                        + process.info().parentPid() + ", up for "
                        + Durations.describe(process.id().age()))
                .collect(Collectors.joining());
        failWithMessage("%s", "Expected " + actual + " to " + expectation + lines + "\n  try         " + remedy);
    }
}
