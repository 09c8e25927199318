package dev.procession.process;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A process was described wrongly. Nothing was started.
 *
 * <p>The message reads {@code WHERE: 'ATTRIBUTE' PROBLEM; FIX}. The parts are kept apart so that each front end can name
 * the attribute in its own words (an annotation's attribute, a pom's element).
 */
public class InvalidSpecException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    /** In characters, of what a message quotes. */
    private static final int LONGEST = 2_000;

    private final @Nullable String where;
    private final String attribute;
    private final String problem;
    private final String fix;

    /**
     * @param attribute the attribute's name as users write it, such as {@code gracePeriod}
     * @param problem what is wrong, with the value, such as {@code is "10": a bare number has no unit}
     * @param fix what to do, such as {@code write 10s or 10ms}
     */
    public InvalidSpecException(String attribute, String problem, String fix) {
        this(null, attribute, problem, fix, null);
    }

    private InvalidSpecException(
            @Nullable String where, String attribute, String problem, String fix, @Nullable Throwable cause) {
        super((where == null ? "" : where + ": ") + "'" + attribute + "' " + cut(problem) + "; " + cut(fix), cause);
        this.where = where;
        this.attribute = attribute;
        this.problem = problem;
        this.fix = fix;
    }

    /** Only of the message: what is kept apart may have to be masked first, which needs the whole. */
    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /** The same error, saying where the description stands; unchanged if it says so already. */
    public InvalidSpecException at(String declaration) {
        return where != null ? this : new InvalidSpecException(declaration, attribute, problem, fix, this);
    }

    /** The same error in other words, such as without a secret. What it was caused by is not kept. */
    public InvalidSpecException reworded(UnaryOperator<String> words) {
        return new InvalidSpecException(where, attribute, words.apply(problem), words.apply(fix), null);
    }

    public String attribute() {
        return attribute;
    }

    public String problem() {
        return problem;
    }

    public String fix() {
        return fix;
    }
}
