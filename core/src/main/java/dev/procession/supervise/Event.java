package dev.procession.supervise;

import dev.procession.process.ExitStatus;

/**
 * What happens to a supervised process. Of a run, {@link SpawnFailed} is told before anything else, {@link Exited} before
 * {@link Gone}, and nothing of it after that.
 */
sealed interface Event {

    /** Somebody wants it to be started, or it is started with its supervisor. */
    record Start() implements Event {}

    /** It could not be spawned. */
    record SpawnFailed(String why) implements Event {}

    /** Its readiness conditions hold. */
    record Ready() implements Event {}

    /** It lives, but will not become ready, or not in time. */
    record NotReady(String why) implements Event {}

    /** The process itself has ended. */
    record Exited(ExitStatus status) implements Event {}

    /** Nothing is left of the run. */
    record Gone() implements Event {}

    /** Something of the run has survived even KILL. */
    record Stuck(String why) implements Event {}

    /** Somebody wants it to be stopped. */
    record Stop() implements Event {}

    /** Time has passed. */
    record Due() implements Event {}

    /** From here on nothing is started. */
    record Close() implements Event {}

    /** Whoever wanted it to be started does not want to wait any more. What lives is to be stopped instead. */
    record GiveUp(String why) implements Event {}
}
