package dev.procession.readiness;

import dev.procession.launch.LineSearch;
import dev.procession.launch.LineText;
import dev.procession.launch.ProcessLog;
import dev.procession.process.PatternSearch;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** So many lines of this run match. */
final class LogProbe implements ReadinessProbe {

    private final ProcessLog log;
    private final Pattern pattern;
    private final int times;
    private final LineSearch search;

    /**
     * @param wakeUp called when a look is worth while
     */
    LogProbe(ProcessLog log, Pattern pattern, int times, Runnable wakeUp) {
        this.log = log;
        this.pattern = pattern;
        this.times = times;
        this.search = new LineSearch(log, pattern, times, wakeUp);
    }

    @Override
    public String description() {
        return "log /" + pattern + "/" + (times == 1 ? "" : " " + times + " times");
    }

    @Override
    public Answer look() {
        int count = search.count();
        if (count >= times) {
            return new Holds("\"" + LineText.of(search.first().orElseThrow().line(), log.secrets()) + "\"");
        }
        Optional<String> hopeless = search.hopeless();
        if (hopeless.isPresent()) {
            return new Never(hopeless.get(), PatternSearch.FIX);
        }
        String lastLine = search.lastLine();
        return new NotYet(
                (times == 1 ? "" : count + " of " + times + ", ")
                        + search.unreadable().map(why -> why + "; ").orElse("")
                        + (lastLine.isEmpty() ? "nothing logged" : "last line \"" + lastLine + "\"")
                        + search.givenUp().map(why -> "; " + why).orElse("")
                        + search.unread().map(bytes -> "; " + bytes).orElse(""),
                0);
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
