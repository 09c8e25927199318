package dev.procession.readiness;

import dev.procession.launch.LineMatcher;
import dev.procession.launch.ProcessLog;
import java.util.Optional;
import java.util.regex.Pattern;

/** So many lines of this run match. */
final class LogProbe implements ReadinessProbe {

    private final Pattern pattern;
    private final int times;
    private final LineMatcher matcher;

    /**
     * @param wakeUp called when a look is worth while
     */
    LogProbe(ProcessLog log, Pattern pattern, int times, Runnable wakeUp) {
        this.pattern = pattern;
        this.times = times;
        this.matcher = new LineMatcher(log, pattern, wakeUp);
    }

    @Override
    public String description() {
        return "log /" + pattern + "/" + (times == 1 ? "" : " " + times + " times");
    }

    @Override
    public Answer look() {
        return look(false);
    }

    @Override
    public Optional<Answer> lookAfterExit() {
        return Optional.of(look(true));
    }

    private Answer look(boolean ended) {
        int count = matcher.count(ended);
        if (count >= times) {
            return new Holds("\"" + matcher.first() + "\"");
        }
        String matches = times == 1 ? "" : count + " of " + times + ", ";
        return new NotYet(
                matches
                        + (matcher.lastLine().isEmpty()
                                ? "nothing logged"
                                : "last line \"" + matcher.lastLine() + "\""),
                0);
    }

    @Override
    public void close() {
        matcher.close();
    }
}
