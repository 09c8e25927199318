package dev.procession.readiness;

import java.util.Optional;

/**
 * A stranger on the port or the socket need not be the end: whoever starts a process elsewhere may just be stopping its predecessor. It
 * stays part of what is told.
 */
final class Lenient implements ReadinessProbe {

    private static final long PAUSE_MILLIS = 100;

    private final ReadinessProbe probe;
    private String stranger = "";

    Lenient(ReadinessProbe probe) {
        this.probe = probe;
    }

    @Override
    public String description() {
        return probe.description();
    }

    @Override
    public Answer look() {
        return lenient(probe.look());
    }

    @Override
    public Optional<Answer> proveAgain() {
        return probe.proveAgain().map(this::lenient);
    }

    private Answer lenient(Answer answer) {
        if (answer instanceof Never never) {
            stranger = never.seen();
            return new NotYet(stranger, PAUSE_MILLIS);
        }
        // A stranger whom we have asked too often may have stopped to answer.
        return stranger.isEmpty() || answer instanceof Holds
                ? answer
                : new NotYet(answer.seen() + "; before, " + stranger, PAUSE_MILLIS);
    }

    @Override
    public void close() {
        probe.close();
    }
}
