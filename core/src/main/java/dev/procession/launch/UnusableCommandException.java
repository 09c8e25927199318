package dev.procession.launch;

/** A command cannot be started on this machine as it is. Nothing was started. */
public final class UnusableCommandException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String fix;
    private final boolean missing;

    UnusableCommandException(String problem, String fix) {
        this(problem, fix, false);
    }

    private UnusableCommandException(String problem, String fix, boolean missing) {
        super(problem + "; " + fix);
        this.problem = problem;
        this.fix = fix;
        this.missing = missing;
    }

    /** There is no such program at all. */
    static UnusableCommandException missing(String problem, String fix) {
        return new UnusableCommandException(problem, fix, true);
    }

    /** Whether there is no such program at all, rather than one that cannot be used. */
    public boolean isMissing() {
        return missing;
    }

    /** What is wrong. */
    public String problem() {
        return problem;
    }

    /** What to do about it. */
    public String fix() {
        return fix;
    }
}
