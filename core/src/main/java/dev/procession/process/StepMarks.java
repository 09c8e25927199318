package dev.procession.process;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Makes those steps of an expression countable that read nothing. The text of a search counts how often it is looked at;
 * but {@code ((?:^){100000}){100000}} never looks at it, and nothing does once its end is reached. So wherever an expression
 * can go on without having read anything, and do so again, it gets an empty lookahead: one that may look beyond the bounds of
 * its search asks the text for its length, and changes nothing of what is found.
 *
 * <p>Marked are repeated anchors, assertions and references to groups; alternatives and repeated groups that can match
 * nothing; and what looks behind, which tries one place after the other. Whatever reads a character each time is left as it
 * is, and with it most expressions. For one expression, in one thread.
 */
final class StepMarks {

    private static final String MARK = "(?=)";
    private static final String QUANTIFIERS = "?*+{";

    /** The letters of escapes that read nothing. */
    private static final String EMPTY_ESCAPES = "bBAGzZk";

    private final String regex;
    private final StringBuilder marked = new StringBuilder();
    private boolean comments;
    private boolean unixLines;
    private int groups;
    private int depth;
    private int at;

    /** Where the flags end that hold for the whole expression. */
    private int leadingFlags;

    /** Where the last element ends that is a group, before its bracket; 0 if it is none, or an assertion. */
    private int groupEnd;

    /** Whether the last element is one whose alternatives have their marks. */
    private boolean isMarked;

    private StepMarks(String regex, int flags) {
        this.regex = regex;
        this.comments = (flags & Pattern.COMMENTS) != 0;
        this.unixLines = (flags & Pattern.UNIX_LINES) != 0;
    }

    /**
     * The same expression with marks; itself if it needs none, or if that would not be the same: where it changes flags in
     * its midst, since no pattern tells which it had before, and with {@code \b{g}}, on which every lookahead has an effect.
     */
    static Pattern in(Pattern pattern) {
        if ((pattern.flags() & Pattern.LITERAL) != 0) {
            return pattern;
        }
        String regex = pattern.pattern();
        int flags = pattern.flags();
        try {
            StepMarks marks = new StepMarks(regex, flags);
            marks.alternatives(false);
            return marks.marked.length() == regex.length() ? pattern : Pattern.compile(marks.marked.toString(), flags);
        } catch (PatternSyntaxException | NotUnderstoodException | StackOverflowError e) {
            return pattern;
        }
    }

    private boolean isThere(String text) {
        return regex.startsWith(text, at);
    }

    private boolean isThereOneOf(String signs) {
        return at < regex.length() && signs.indexOf(regex.charAt(at)) >= 0;
    }

    private boolean isOver() {
        return at >= regex.length();
    }

    private void copy(int count) {
        if (count <= 0 || count > regex.length() - at) {
            throw NotUnderstoodException.INSTANCE;
        }
        marked.append(regex, at, at + count);
        at += count;
    }

    private void copyThrough(String end) {
        copy(regex.indexOf(end, at) + end.length() - at);
    }

    /** @return whether each of them reads something whenever it matches */
    private boolean alternatives(boolean inGroup) {
        boolean allRead = true;
        boolean choice = false;
        while (true) {
            boolean reads = sequence();
            choice |= isThere("|");
            if (inGroup && choice && !reads) {
                marked.append(MARK);
            }
            allRead &= reads;
            if (!isThere("|")) {
                isMarked = choice;
                return allRead;
            }
            copy(1);
        }
    }

    /** @return whether it reads something whenever it matches */
    private boolean sequence() {
        boolean reads = false;
        skipComments();
        while (!isOver() && !isThereOneOf("|)")) {
            int start = marked.length();
            groupEnd = 0;
            isMarked = false;
            boolean elementReads = !isThere("{") && element();
            skipComments();
            // Braces that follow nothing that can be repeated repeat nothing, literally.
            if (isThereOneOf(QUANTIFIERS) && groupEnd >= 0) {
                if (!elementReads && !isMarked) {
                    mark(start);
                }
                reads |= elementReads && !mayBeLeftOut();
                quantifier();
                skipComments();
            } else {
                reads |= elementReads;
            }
        }
        return reads;
    }

    private void mark(int start) {
        if (groupEnd > 0) {
            marked.insert(groupEnd, MARK);
        } else {
            marked.insert(start, "(?:").append(MARK).append(')');
        }
    }

    private boolean mayBeLeftOut() {
        int digits = at + 1;
        while (digits < regex.length() && regex.charAt(digits) == '0') {
            digits++;
        }
        return isThereOneOf("?*") || (isThere("{0") && !Character.isDigit(regex.charAt(digits)));
    }

    private void quantifier() {
        if (isThere("{")) {
            copyThrough("}");
        } else {
            copy(1);
        }
        skipComments();
        if (isThereOneOf("?+")) {
            copy(1);
        }
    }

    /** @return whether it reads something whenever it matches */
    private boolean element() {
        switch (regex.charAt(at)) {
            case '(':
                return group();
            case '[':
                characterClass();
                return true;
            case '\\':
                return escape();
            default:
                boolean anchor = isThereOneOf("^$");
                copy(Character.charCount(regex.codePointAt(at)));
                return !anchor;
        }
    }

    /** What follows it repeats only its last character. */
    private void quotation() {
        int end = regex.indexOf("\\E", at);
        if (end == at + 2) {
            // What follows repeats what stands before it.
            throw NotUnderstoodException.INSTANCE;
        }
        copy((end < 0 ? regex.length() : end + 2) - at);
    }

    private boolean escape() {
        if (isThere("\\Q")) {
            quotation();
            return true;
        }
        copy(1);
        if (isOver()) {
            throw NotUnderstoodException.INSTANCE;
        }
        char letter = regex.charAt(at);
        if (letter >= '1' && letter <= '9') {
            reference();
            return false;
        }
        switch (letter) {
            case 'p':
            case 'P':
                copy(1);
                skipComments();
                braced(1);
                break;
            case 'x':
                copy(1);
                braced(2);
                break;
            case 'N':
                copy(1);
                braced(0);
                break;
            case 'u':
                copy(5);
                if (Character.isHighSurrogate((char) Integer.parseInt(regex.substring(at - 4, at), 16))
                        && isThere("\\u")) {
                    copy(6);
                }
                break;
            case '0':
                copy(1);
                digits(3);
                break;
            case 'c':
                copy(2);
                break;
            case 'k':
                copyThrough(">");
                break;
            case 'b':
                if (isThere("b{g}")) {
                    throw NotUnderstoodException.INSTANCE;
                }
                copy(1);
                break;
            default:
                copy(Character.charCount(regex.codePointAt(at)));
        }
        return EMPTY_ESCAPES.indexOf(letter) < 0;
    }

    /** @param otherwise how many characters, if there are no braces */
    private void braced(int otherwise) {
        if (isThere("{")) {
            copyThrough("}");
        } else if (otherwise > 0) {
            copy(otherwise);
        }
    }

    private void digits(int most) {
        for (int i = 0; i < most && isThereOneOf("01234567"); i++) {
            copy(1);
        }
    }

    /** Digits belong to it as long as there are so many groups. */
    private void reference() {
        int number = 0;
        do {
            number = number * 10 + regex.charAt(at) - '0';
            copy(1);
        } while (isThereOneOf("0123456789") && number * 10 + regex.charAt(at) - '0' <= groups);
    }

    private void characterClass() {
        copy(isThere("[^") ? 2 : 1);
        boolean empty = true;
        while (empty || !isThere("]")) {
            empty &= comments && isThereOneOf(" \t\n\u000b\f\r");
            if (isThere("[")) {
                characterClass();
            } else if (isThere("\\")) {
                escape();
            } else if (comments && isThere("#")) {
                throw NotUnderstoodException.INSTANCE;
            } else {
                copy(1);
            }
        }
        copy(1);
    }

    private boolean group() {
        boolean outerComments = comments;
        boolean outerUnixLines = unixLines;
        boolean assertion = false;
        boolean leading = at == leadingFlags;
        copy(1);
        skipComments();
        if (isThere("?<=") || isThere("?<!")) {
            assertion = true;
            copy(3);
            marked.append(MARK);
        } else if (isThere("?<")) {
            groups++;
            copyThrough(">");
        } else if (isThere("?")) {
            assertion = isThere("?=") || isThere("?!");
            copy(1);
            if (assertion || isThere(":") || isThere(">")) {
                copy(1);
            } else if (flags()) {
                if (depth == 0 && !leading) {
                    throw NotUnderstoodException.INSTANCE;
                }
                leadingFlags = leading ? at : leadingFlags;
                groupEnd = -1;
                return false;
            }
        } else {
            groups++;
        }
        depth++;
        boolean reads = alternatives(true);
        depth--;
        groupEnd = assertion ? 0 : marked.length();
        isMarked &= !assertion;
        copy(1);
        comments = outerComments;
        unixLines = outerUnixLines;
        return reads && !assertion;
    }

    /** @return whether they hold for the rest of what they stand in, and not only for a group of their own */
    private boolean flags() {
        boolean on = true;
        while (!isThereOneOf(":)")) {
            on &= !isThere("-");
            comments = isThere("x") ? on : comments;
            unixLines = isThere("d") ? on : unixLines;
            copy(1);
        }
        copy(1);
        return regex.charAt(at - 1) == ')';
    }

    private void skipComments() {
        while (comments && isThereOneOf(" \t\n\u000b\f\r#")) {
            boolean comment = isThere("#");
            copy(1);
            while (comment && !isOver() && !isThereOneOf(unixLines ? "\n" : "\n\r\u0085\u2028\u2029")) {
                if (isThere("(?") || isThere("\\Q")) {
                    // Perhaps it is none yet, or ends otherwise.
                    throw NotUnderstoodException.INSTANCE;
                }
                copy(1);
            }
        }
    }

    /** Without a stack trace. */
    private static final class NotUnderstoodException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private static final NotUnderstoodException INSTANCE = new NotUnderstoodException();

        private NotUnderstoodException() {
            super("not understood", null, false, false);
        }
    }
}
