package dev.procession.awaitility;

import dev.procession.expect.Expectations;
import dev.procession.expect.Finding;
import dev.procession.process.InvalidSpecException;
import dev.procession.supervise.SupervisedProcess;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a process can be waited for with Awaitility.
 *
 * <pre>{@code
 * await(api).until(hasLogged(api, "cache warmed up"));
 * await(api).untilAsserted(isListeningOn(api, "admin")); // a timeout shows the end of the log
 * }</pre>
 *
 * <p>A process's own readiness, its lines and its end can also be waited for without polling: by its start,
 * {@code log().await(…)} and {@code awaitExit(…)}.
 */
public final class ProcessConditions {

    private ProcessConditions() {}

    /** Others can rely on it, see {@link SupervisedProcess#isReady()}. */
    public static ProcessCondition isReady(SupervisedProcess process) {
        return new ProcessCondition() {
            @Override
            Optional<Finding> look() {
                return Expectations.ready(process);
            }
        };
    }

    /**
     * It has ended. Its end was asked for then, as with {@link SupervisedProcess#awaitExit}. For Awaitility's own
     * {@code await()}: {@link ProcessionAwait#await} takes an end for a failure.
     */
    public static ProcessCondition isDead(SupervisedProcess process) {
        return new ProcessCondition() {
            @Override
            Optional<Finding> look() {
                return Expectations.exited(process);
            }
        };
    }

    /**
     * A line of either stream contains a match, of all that it has written in this run.
     *
     * @throws InvalidSpecException if it is no regular expression
     */
    public static ProcessCondition hasLogged(SupervisedProcess process, String regex) {
        Pattern pattern = Expectations.regex(regex);
        return new ProcessCondition() {
            @Override
            Optional<Finding> look() {
                return Expectations.logged(process, pattern);
            }
        };
    }

    /** It listens on a TCP port, or something that it has started does; see {@link SupervisedProcess#isListeningOn}. */
    public static ProcessCondition isListeningOn(SupervisedProcess process, int port) {
        return new ProcessCondition() {
            @Override
            Optional<Finding> look() {
                return Expectations.listensOn(process, port);
            }
        };
    }

    /**
     * The same for one of its ports; the main one's name is {@code port}.
     *
     * @throws IllegalStateException if it has no port of that name, listing those it has
     */
    public static ProcessCondition isListeningOn(SupervisedProcess process, String port) {
        return isListeningOn(process, process.port(port));
    }

    /** Nothing lives that it has started, directly or not; see {@link SupervisedProcess#descendants()}. */
    public static ProcessCondition hasNoDescendants(SupervisedProcess process) {
        return new ProcessCondition() {
            @Override
            Optional<Finding> look() {
                return Expectations.noDescendants(process);
            }
        };
    }
}
