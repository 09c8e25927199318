package dev.procession.supervise;

import dev.procession.process.ExitStatus;
import dev.procession.process.ExitStatus.Code;
import dev.procession.supervise.StateMachine.Rules;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/**
 * What a process under rules is expected to do, told once more and in another way, for a clock that only goes forward: one
 * moment to wait for, no flags but those that somebody outside could see.
 */
final class StateModel {

    private static final long NOT = Long.MIN_VALUE;

    private final Rules rules;
    private final RandomGenerator random;

    private String state = "STOPPED";
    private boolean left;
    private boolean ready;
    private boolean hopeless;
    private boolean closed;
    private long spawnedAt;
    private long backAt = NOT;
    private int failures;
    private int early;

    StateModel(Rules rules, RandomGenerator random) {
        this.rules = rules;
        this.random = random;
    }

    int failures() {
        return failures;
    }

    /** When time alone may make a difference. */
    long dueAt() {
        return state.equals("STARTING") ? spawnedAt + rules.startSeconds().toNanos() : backAt;
    }

    /** @return the states it goes through and what is to be done, separated by blanks; null for a refusal */
    String told(Event event, long now) {
        String is = state;
        if (event instanceof Event.Close) {
            closed = true;
            backAt = NOT;
            return is.equals("BACKOFF") ? fatal() : "";
        } else if (event instanceof Event.Start) {
            if (closed || !List.of("STOPPED", "EXITED", "FATAL").contains(is)) {
                return null;
            }
            failures = 0;
            early = 0;
            backAt = now;
            return left ? "" : spawn(now);
        } else if (event instanceof Event.Due) {
            return is.equals("STARTING") ? isUp(now) : backAt != NOT && backAt <= now && !left ? spawn(now) : "";
        } else if (event instanceof Event.Gone) {
            left = false;
            return is.equals("STOPPING") ? to("STOPPED") : backAt != NOT && backAt <= now ? spawn(now) : "";
        } else if (event instanceof Event.Stuck) {
            backAt = NOT;
            return left && !is.equals("UNKNOWN") ? to("UNKNOWN") : "";
        } else if (event instanceof Event.GiveUp) {
            backAt = NOT;
            return List.of("STOPPED", "EXITED", "BACKOFF").contains(is) ? fatal() : "";
        } else if (event instanceof Event.Stop) {
            boolean waited = backAt != NOT;
            backAt = NOT;
            return switch (is) {
                case "STARTING", "RUNNING" -> forgotten(to("STOPPING") + (hopeless ? "" : " END"));
                case "BACKOFF" -> forgotten(to("STOPPED"));
                case "EXITED" -> waited ? forgotten(to("STOPPED")) : "";
                default -> "";
            };
        } else if (event instanceof Event.Ready) {
            ready |= is.equals("STARTING");
            return is.equals("STARTING") ? isUp(now) : "";
        } else if (event instanceof Event.NotReady) {
            boolean news = is.equals("STARTING") && !hopeless;
            hopeless |= news;
            return news ? "END" : "";
        } else if (event instanceof Event.SpawnFailed) {
            left = false;
            return failed(now);
        } else if (event instanceof Event.Exited exited) {
            return ended(exited.status(), now);
        }
        throw new AssertionError(event);
    }

    private String spawn(long now) {
        left = true;
        ready = !rules.awaitsReadiness();
        hopeless = false;
        spawnedAt = now;
        backAt = NOT;
        return to("STARTING") + " SPAWN";
    }

    private String isUp(long now) {
        boolean up =
                ready && !hopeless && now >= spawnedAt + rules.startSeconds().toNanos();
        if (up) {
            failures = 0;
        }
        return up ? to("RUNNING") : "";
    }

    private String ended(ExitStatus status, long now) {
        int code = status instanceof Code given ? given.value() : -1;
        boolean starting = state.equals("STARTING");
        if ((starting || state.equals("RUNNING")) && !hopeless && rules.doneBy().contains(code)) {
            return forgotten(to("EXITED"));
        }
        String up = starting ? isUp(now) : "";
        if (state.equals("STARTING")) {
            return failed(now);
        }
        if (!state.equals("RUNNING")) {
            return "";
        }
        boolean wanted = !closed
                && switch (rules.policy().mode()) {
                    case NEVER -> false;
                    case ALWAYS -> true;
                    case ON_FAILURE -> code != 0;
                    case UNEXPECTED -> !rules.expectedExitCodes().contains(code);
                    case UNTIL_EXIT -> !rules.policy().exitCodes().contains(code);
                    case ON_LISTED_EXIT -> rules.policy().exitCodes().contains(code);
                };
        early = now - spawnedAt < rules.policy().backoff().threshold().toNanos() ? early + 1 : 0;
        backAt = wanted ? now + pause() : NOT;
        return (up + " " + to("EXITED")).strip();
    }

    private String failed(long now) {
        failures++;
        early++;
        backAt = now + pause();
        int retries = rules.policy().startRetries();
        String states = to("BACKOFF");
        return closed || (retries >= 0 && failures == retries + 1) ? states + " " + fatal() : states;
    }

    /** The pauses of their kinds, counted and not computed. */
    private long pause() {
        long shortest = rules.policy().backoff().shortest().toNanos();
        long longest = rules.policy().backoff().longest().toNanos();
        LongStream growing = switch (rules.policy().backoff().kind()) {
            case FIXED -> LongStream.of(shortest);
            case RANDOM ->
                LongStream.of(longest == shortest ? shortest : shortest + random.nextLong(longest - shortest));
            case LINEAR ->
                LongStream.iterate(0, pause -> Math.min(longest, pause + shortest))
                        .skip(early);
            case EXPONENTIAL ->
                LongStream.iterate(0, pause -> Math.min(longest, pause == 0 ? shortest : 2 * pause))
                        .skip(early);
            case DOUBLE_PLUS_ONE ->
                LongStream.iterate(0, pause -> Math.min(longest, 2 * pause + shortest))
                        .skip(early);
        };
        return growing.findFirst().orElseThrow();
    }

    private String fatal() {
        backAt = NOT;
        return forgotten(to("FATAL"));
    }

    private String forgotten(String what) {
        failures = 0;
        early = 0;
        return what;
    }

    private String to(String next) {
        state = next;
        return next;
    }
}
