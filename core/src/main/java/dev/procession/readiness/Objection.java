package dev.procession.readiness;

/**
 * What speaks against taking a listener for ours. Immutable.
 *
 * @param who listens there, for messages
 * @param lasting whether that fails a start: a stranger who listens does; one who has just stopped may make room for us
 */
public record Objection(String who, boolean lasting) {

    /** Somebody has answered, and nobody can be asked any more who that was. */
    public static final Objection GONE = new Objection("a process that has stopped listening", false);

    /** @param who described as messages do it */
    public static Objection stranger(String who) {
        return new Objection(who, true);
    }
}
