package dev.procession.supervise;

import dev.procession.process.ExitStatus;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * How a supervised process stood at a moment, with all that supervisord tells of one. Immutable and thread safe.
 *
 * @param name its name
 * @param group the name of its group; its own if it belongs to none
 * @param start when it was started last; empty if it never was
 * @param stop when it ended last; empty if it never did
 * @param now the moment itself
 * @param state its state then
 * @param spawnError why its last start failed, or what was wrong with its end; empty if nothing is
 * @param exitStatus how its last run ended; empty if it has had none, or runs
 * @param stdoutLog what it writes to standard output, if that is kept
 * @param stderrLog what it writes to standard error, if that is kept apart
 * @param pid 0 when it does not run
 * @param tries how many starts have failed in a row
 * @param restarts how often it was started again; unknown to supervisord
 */
public record ProcessReport(
        String name,
        String group,
        Optional<Instant> start,
        Optional<Instant> stop,
        Instant now,
        ProcessState state,
        String spawnError,
        Optional<ExitStatus> exitStatus,
        Optional<Path> stdoutLog,
        Optional<Path> stderrLog,
        long pid,
        int tries,
        int restarts) {

    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("MMM dd hh:mm a", Locale.ENGLISH);
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    /** The state in a word, such as {@code RUNNING}. */
    public String stateName() {
        return state.name();
    }

    /**
     * How it ended, as a number for supervisord's clients: its exit code, -1 after a signal, 0 if it has not ended. What is
     * not known exactly is what a shell would show, or -1.
     */
    public int exitCode() {
        return exitStatus
                .map(status -> status instanceof ExitStatus.Signalled
                        ? -1
                        : status.shellCode().orElse(-1))
                .orElse(0);
    }

    /** {@link #start} in seconds since 1970 as supervisord tells it: 0 if there is none, never above 2^31 - 1. */
    public int startSeconds() {
        return start.map(ProcessReport::epochSeconds).orElse(0);
    }

    /** {@link #stop} in seconds since 1970 as supervisord tells it: 0 if there is none, never above 2^31 - 1. */
    public int stopSeconds() {
        return stop.map(ProcessReport::epochSeconds).orElse(0);
    }

    /** {@link #now} in seconds since 1970 as supervisord tells it: never above 2^31 - 1. */
    public int nowSeconds() {
        return epochSeconds(now);
    }

    /** Clients take 32 bits: later than January 2038 there is nothing. */
    private static int epochSeconds(Instant moment) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, moment.getEpochSecond()));
    }

    /**
     * What supervisord's clients show beside the state: {@code pid 12, uptime 0:01:40} of one that is {@code RUNNING}; what
     * went wrong for {@code FATAL} and {@code BACKOFF}; when it ended for {@code STOPPED} and {@code EXITED}, in local time
     * as {@code Nov 20 03:27 PM}, or {@code Not started}; otherwise nothing.
     */
    public String description() {
        return description(ZoneId.systemDefault());
    }

    String description(ZoneId zone) {
        return switch (state) {
            case RUNNING -> "pid " + pid + ", uptime " + uptime();
            case FATAL, BACKOFF -> spawnError.isEmpty() ? "unknown error (try \"tail " + name + "\")" : spawnError;
            case STOPPED, EXITED ->
                start.flatMap(started -> stop)
                        .map(MOMENT.withZone(zone)::format)
                        .orElse("Not started");
            default -> "";
        };
    }

    /** In whole seconds of both, and none if the clock was set back meanwhile. */
    private String uptime() {
        long seconds = Math.max(0, now.getEpochSecond() - start.orElse(now).getEpochSecond());
        long days = seconds / DAY;
        return (days == 0 ? "" : days + (days == 1 ? " day, " : " days, "))
                + String.format(
                        Locale.ROOT, "%d:%02d:%02d", seconds % DAY / HOUR, seconds % HOUR / MINUTE, seconds % MINUTE);
    }
}
