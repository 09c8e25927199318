package dev.procession.launch;

import dev.procession.process.InvalidSpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * HTTP statuses that count as an answer. Immutable and thread safe.
 *
 * @param spans inclusive spans; a status in any of them counts
 */
public record StatusRange(List<Span> spans) {

    /** 200 to 399. */
    public static final StatusRange DEFAULT = new StatusRange(List.of(new Span(200, 399)));

    private static final Pattern SPAN = Pattern.compile("([1-9]\\d\\d)(?:\\.\\.([1-9]\\d\\d))?");

    public StatusRange {
        spans = List.copyOf(spans);
    }

    /**
     * Reads {@code 200..399}, {@code 204}, or several of those separated by commas.
     *
     * @throws InvalidSpecException for anything else
     */
    public static StatusRange parse(String text) {
        List<Span> spans = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher span = SPAN.matcher(part.strip());
            if (!span.matches()) {
                throw invalid(text);
            }
            int from = Integer.parseInt(span.group(1));
            int to = span.group(2) == null ? from : Integer.parseInt(span.group(2));
            if (to < from) {
                throw invalid(text);
            }
            spans.add(new Span(from, to));
        }
        return new StatusRange(spans);
    }

    private static InvalidSpecException invalid(String text) {
        return new InvalidSpecException(
                "status", "is \"" + text + "\", which names no HTTP statuses", "write 200..399, 204 or 200,404");
    }

    public boolean contains(int status) {
        return spans.stream().anyMatch(span -> span.from() <= status && status <= span.to());
    }

    @Override
    public String toString() {
        return spans.stream().map(Span::toString).collect(Collectors.joining(","));
    }

    /**
     * An inclusive span of statuses.
     *
     * @param from the lowest
     * @param to the highest
     */
    public record Span(int from, int to) {
        @Override
        public String toString() {
            return from == to ? Integer.toString(from) : from + ".." + to;
        }
    }
}
