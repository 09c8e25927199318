package dev.procession.process;

import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds regular expressions in texts within bounds, whatever the expression and whatever the text: going back and trying
 * otherwise can take longer than anybody lives, and repeating alternatives more stack than there is.
 *
 * <p>The bound is a number of steps, not a time: what is found on an idle machine is found on a busy one. A step is a look at
 * a character, or one of those that look at none and could be taken for ever, as in {@code ((?:^){100000}){100000}}. Of an
 * expression that holds {@code \b{g}}, or {@code \Q\E} with nothing in between, or a <code>#</code> in a class in comments
 * mode, or that switches flags in its midst, as {@code up(?i)ready} does, only looks at characters are counted; a search for
 * one that also repeats nothing for ever is not bounded. Immutable and thread safe.
 */
public final class PatternSearch {

    /** What to do about an expression on which a search was given up. */
    public static final String FIX = "simplify the expression: without .* at its beginning, and without a repetition of"
            + " alternatives or within a repetition";

    /** So many steps one search may take: some tenths of a second. */
    private static final int MOST_STEPS = 50_000_000;

    private static final int STEPS_BETWEEN_QUESTIONS = 1024;

    private final Pattern pattern;

    public PatternSearch(Pattern pattern) {
        this.pattern = StepMarks.in(pattern);
    }

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
    public Result find(String text, BooleanSupplier stopped) {
        Watched watched = new Watched(text, stopped);
        // It then asks for the length where it has been given a mark.
        Matcher matcher = pattern.matcher(watched).useTransparentBounds(true);
        try {
            return matcher.find() ? new Found(matcher) : new Absent();
        } catch (EnoughException e) {
            return new GivenUp(
                    watched.questions >= MOST_STEPS / STEPS_BETWEEN_QUESTIONS
                            ? "it took more than 50 million steps"
                            : "it was stopped");
        } catch (StackOverflowError e) {
            return new GivenUp("it took more stack than there is");
        } finally {
            watched.over = true;
        }
    }

    /** A text that counts how often it is looked at. For one thread; what has been found in it may go to others. */
    private static final class Watched implements CharSequence {
        private final String text;
        private final BooleanSupplier stopped;
        private int steps;
        private int questions;
        private boolean over;

        Watched(String text, BooleanSupplier stopped) {
            this.text = text;
            this.stopped = stopped;
        }

        @Override
        public char charAt(int index) {
            step();
            return text.charAt(index);
        }

        private void step() {
            if (++steps == STEPS_BETWEEN_QUESTIONS) {
                steps = 0;
                if (!over) {
                    ask();
                }
            }
        }

        private void ask() {
            if (++questions >= MOST_STEPS / STEPS_BETWEEN_QUESTIONS || stopped.getAsBoolean()) {
                throw EnoughException.INSTANCE;
            }
        }

        @Override
        public int length() {
            step();
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
