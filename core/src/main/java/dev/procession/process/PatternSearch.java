package dev.procession.process;

import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds regular expressions in texts within bounds, whatever the expression and whatever the text: going back and trying
 * otherwise can take longer than anybody lives, and repeating alternatives more stack than there is.
 *
 * <p>The bound is a number of steps, not a time: what is found on an idle machine is found on a busy one. Stateless and
 * thread safe.
 */
public final class PatternSearch {

    /** What to do about an expression on which a search was given up. */
    public static final String FIX = "simplify the expression: without .* at its beginning, and without a repetition of"
            + " alternatives or within a repetition";

    /** So many looks at a character one search may take: some tenths of a second. */
    private static final int MOST_STEPS = 50_000_000;

    private static final int STEPS_BETWEEN_QUESTIONS = 1024;

    private PatternSearch() {}

    /** How a search ended. */
    public sealed interface Result {}

    /**
     * There is a match.
     *
     * @param matcher holds the first
     */
    public record Found(Matcher matcher) implements Result {}

    /** There is none. */
    public record Absent() implements Result {}

    /**
     * Nobody knows.
     *
     * @param why continues "given up, since"
     */
    public record GivenUp(String why) implements Result {}

    /**
     * Looks for the first match, anywhere in the text.
     *
     * @param stopped asked now and then, in the calling thread, whether to give up at once
     */
    public static Result find(Pattern pattern, String text, BooleanSupplier stopped) {
        Watched watched = new Watched(text, stopped);
        Matcher matcher = pattern.matcher(watched);
        try {
            return matcher.find() ? new Found(matcher) : new Absent();
        } catch (EnoughException e) {
            return new GivenUp(
                    watched.questions >= MOST_STEPS / STEPS_BETWEEN_QUESTIONS
                            ? "it took more than 50 million steps"
                            : "it was stopped");
        } catch (StackOverflowError e) {
            return new GivenUp("it took more stack than there is");
        }
    }

    /** A text that counts how often it is looked at. For one thread; what has been found in it may go to others. */
    private static final class Watched implements CharSequence {
        private final String text;
        private final BooleanSupplier stopped;
        private int steps;
        private int questions;

        Watched(String text, BooleanSupplier stopped) {
            this.text = text;
            this.stopped = stopped;
        }

        @Override
        public char charAt(int index) {
            if (++steps == STEPS_BETWEEN_QUESTIONS) {
                ask();
            }
            return text.charAt(index);
        }

        private void ask() {
            steps = 0;
            if (++questions >= MOST_STEPS / STEPS_BETWEEN_QUESTIONS || stopped.getAsBoolean()) {
                throw EnoughException.INSTANCE;
            }
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** There beforehand: deep down there may be no stack left to make one. */
    private static final class EnoughException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private static final EnoughException INSTANCE = new EnoughException();

        private EnoughException() {
            super("enough", null, false, false);
        }
    }
}
