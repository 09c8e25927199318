package dev.procession.readiness;

import dev.procession.process.Durations;
import java.time.Duration;

/** It has lived for a while. */
final class AliveProbe implements ReadinessProbe {

    private final Duration duration;
    private final long start;

    AliveProbe(Duration duration) {
        this(duration, Duration.ZERO);
    }

    /** @param age how long it has lived already */
    AliveProbe(Duration duration, Duration age) {
        this.duration = duration;
        this.start = System.nanoTime() - age.toNanos();
    }

    @Override
    public String description() {
        return "alive for " + Durations.describe(duration);
    }

    @Override
    public Answer look() {
        long left = duration.toNanos() - (System.nanoTime() - start);
        return left <= 0 ? new Holds("") : new NotYet("", left / 1_000_000 + 1);
    }
}
