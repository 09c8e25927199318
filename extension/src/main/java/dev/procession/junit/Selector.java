package dev.procession.junit;

import dev.procession.launch.Placeholders;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.watch.PidFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The attributes by which an annotation says which processes it means, whoever has started them; what is not given is empty.
 *
 * @param defaultMatch what {@code match} is if nothing is said
 */
record Selector(
        String process,
        List<String> args,
        ArgumentMatch match,
        ArgumentMatch defaultMatch,
        String pattern,
        String pidFile,
        String name) {

    static Selector of(WaitForStart annotation) {
        return new Selector(
                annotation.process(),
                Arrays.asList(annotation.args()),
                annotation.match(),
                ArgumentMatch.EXACT,
                "",
                annotation.pidFile(),
                annotation.name());
    }

    static Selector of(WaitForDeath annotation) {
        return new Selector(
                annotation.process(),
                Arrays.asList(annotation.args()),
                annotation.match(),
                ArgumentMatch.EXACT,
                "",
                annotation.pidFile(),
                annotation.name());
    }

    static Selector of(KillStragglers annotation) {
        return new Selector(
                annotation.process(),
                Arrays.asList(annotation.args()),
                annotation.match(),
                ArgumentMatch.LOOSE,
                annotation.pattern(),
                annotation.pidFile(),
                "");
    }

    /** Those that say by themselves who is meant. */
    private Map<String, String> given() {
        Map<String, String> given = new LinkedHashMap<>();
        given.put("process", process);
        given.put("pattern", pattern);
        given.put("pidFile", pidFile);
        given.put("name", name);
        given.values().removeIf(String::isEmpty);
        return given;
    }

    /** How messages call the annotation: {@code @WaitForDeath(process = "python") on OrderIT}. */
    String declaration(String annotation, String place) {
        String attribute = given().entrySet().stream()
                .findFirst()
                .map(first -> "(" + first.getKey() + " = \"" + first.getValue() + "\")")
                .orElse("");
        return "@" + annotation + attribute + " on " + place;
    }

    /**
     * Who is meant.
     *
     * @return empty if nobody is named, or a process that is managed here
     * @throws InvalidSpecException if the attributes do not fit together, or one cannot be meant
     */
    Optional<ProcessSelection> selection() {
        List<Map.Entry<String, String>> given = List.copyOf(given().entrySet());
        if (given.size() > 1) {
            throw new InvalidSpecException(
                    given.get(1).getKey(),
                    "is \"" + given.get(1).getValue() + "\" beside '"
                            + given.get(0).getKey() + "', but each says by itself who is meant",
                    "keep one of them");
        }
        if (process.isEmpty() && !args.isEmpty()) {
            throw new InvalidSpecException(
                    "args", "holds \"" + args.get(0) + "\" without 'process'", "say whose arguments they are");
        }
        if (process.isEmpty() && match != defaultMatch) {
            throw new InvalidSpecException("match", "is " + match + " without 'process'", "leave it out");
        }
        if (!process.isEmpty()) {
            return Optional.of(ProcessQuery.named(Placeholders.expandHere("process", process))
                    .args(args.stream()
                            .map(argument -> Placeholders.expandHere("args", argument))
                            .toList())
                    .match(match));
        }
        if (!pattern.isEmpty()) {
            return Optional.of(ProcessQuery.matching(pattern));
        }
        return pidFile.isEmpty()
                ? Optional.empty()
                : Optional.of(PidFile.of(Placeholders.expandHere("pidFile", pidFile)));
    }
}
