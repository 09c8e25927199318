package dev.procession.maven;

import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Builds that look for the same at the same time, which their command line shows: two of them would else end each other, or
 * wait for each other. Immutable.
 *
 * @param query who is meant
 */
record OtherSearches(ProcessQuery query) implements ProcessSelection {

    private static final Pattern SEARCH = Pattern.compile("procession\\.(process|args|pattern)=");

    /**
     * Those that are meant, without who is only looking for them.
     *
     * @param byParts whether they are known by parts of their command line; else nobody is mistaken
     */
    static ProcessSelection without(ProcessQuery query, boolean byParts) {
        return byParts ? new OtherSearches(query) : query;
    }

    @Override
    public List<FoundProcess> find() {
        return query.find().stream()
                .filter(found -> found.commandLine().stream()
                        .noneMatch(argument -> SEARCH.matcher(argument).find()))
                .toList();
    }

    @Override
    public void checkNarrow() {
        query.checkNarrow();
    }

    @Override
    public String toString() {
        return query.toString();
    }
}
