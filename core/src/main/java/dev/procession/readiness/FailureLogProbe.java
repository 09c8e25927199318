package dev.procession.readiness;

import dev.procession.launch.LineMatcher;
import dev.procession.launch.ProcessLog;
import java.util.Optional;
import java.util.regex.Pattern;

/** No line of this run matches. It is never awaited, but a match ends the wait. */
final class FailureLogProbe implements ReadinessProbe {

    private final Pattern pattern;
    private final LineMatcher matcher;

    FailureLogProbe(ProcessLog log, Pattern pattern, Runnable wakeUp) {
        this.pattern = pattern;
        this.matcher = new LineMatcher(log, pattern, wakeUp);
    }

    @Override
    public String description() {
        return "no log /" + pattern + "/";
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
        return matcher.count(ended) == 0
                ? new Holds("no such line")
                : new Never(
                        "it logged \"" + matcher.first() + "\", which matches failOnLog /" + pattern + "/",
                        "mend what that line says");
    }

    @Override
    public void close() {
        matcher.close();
    }
}
