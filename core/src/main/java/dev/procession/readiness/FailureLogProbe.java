package dev.procession.readiness;

import dev.procession.launch.LineSearch;
import dev.procession.launch.LineText;
import dev.procession.launch.LogMatch;
import dev.procession.launch.ProcessLog;
import dev.procession.process.PatternSearch;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** No line of this run matches. It is never awaited, but a match ends the wait. */
final class FailureLogProbe implements ReadinessProbe {

    private final ProcessLog log;
    private final Pattern pattern;
    private final LineSearch search;

    FailureLogProbe(ProcessLog log, Pattern pattern, Runnable wakeUp) {
        this.log = log;
        this.pattern = pattern;
        this.search = new LineSearch(log, pattern, 1, wakeUp);
    }

    @Override
    public String description() {
        return "no log /" + pattern + "/";
    }

    @Override
    public Answer look() {
        Optional<LogMatch> match = search.count() > 0 ? search.first() : Optional.empty();
        if (match.isPresent()) {
            return new Never(
                    "it logged \"" + LineText.of(match.get().line(), log.secrets()) + "\", which matches failOnLog /"
                            + pattern + "/",
                    "mend what that line says");
        }
        return search.hopeless()
                .<Answer>map(why -> new Never("in failOnLog, " + why, PatternSearch.FIX))
                .or(() -> search.unreadable().map(why -> new NotYet(why, 0)))
                .orElse(new Holds(
                        "no such line" + search.givenUp().map(why -> "; " + why).orElse("")));
    }

    @Override
    public Optional<Answer> lookAfterExit() {
        return Optional.of(look());
    }

    @Override
    public Optional<BooleanSupplier> catchUp(boolean ended) {
        return Optional.of(search.catchUp(ended));
    }

    @Override
    public void close() {
        search.close();
    }
}
