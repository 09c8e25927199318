package dev.procession.launch;

/** A command cannot be started on this machine as it is. Nothing was started. */
public final class UnusableCommandException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String fix;
    private final boolean missing;
    private final String attribute;

    UnusableCommandException(String problem, String fix) {
        this("command", problem, fix);
    }

    /** @param attribute which part of the description is to blame */
    UnusableCommandException(String attribute, String problem, String fix) {
        this(attribute, problem, fix, false);
    }

    private UnusableCommandException(String attribute, String problem, String fix, boolean missing) {
        super(problem + "; " + fix);
        this.attribute = attribute;
        this.problem = problem;
        this.fix = fix;
        this.missing = missing;
    }

    /** There is no such program at all. */
    static UnusableCommandException missing(String problem, String fix) {
        return new UnusableCommandException("command", problem, fix, true);
    }

    /** Whether there is no such program at all, rather than one that cannot be used. */
    public boolean isMissing() {
        return missing;
    }

    /** The attribute to look at. */
    public String attribute() {
        return attribute;
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
