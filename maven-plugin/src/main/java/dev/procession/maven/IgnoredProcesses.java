package dev.procession.maven;

import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who does not count. Immutable.
 *
 * @param pids by pid
 * @param programs by name
 * @param text for messages
 */
record IgnoredProcesses(List<Long> pids, List<ProcessQuery> programs, String text) {

    /**
     * Reads what a pom says.
     *
     * @throws InvalidSpecException for what is neither a pid nor a name
     */
    static IgnoredProcesses read(List<String> words) {
        List<Long> pids = new ArrayList<>();
        List<ProcessQuery> programs = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (String word : words) {
            if (word.matches("0+|-\\d+|\\d{19,}")) {
                throw new InvalidSpecException(
                        "ignore", "holds \"" + word + "\"", "give a pid, a number above 0, or the name of a program");
            }
            if (word.matches("\\d+")) {
                pids.add(Long.parseLong(word));
                texts.add("pid " + word);
            } else {
                programs.add(ProcessQuery.named(word));
                texts.add("'" + word + "'");
            }
        }
        return new IgnoredProcesses(List.copyOf(pids), List.copyOf(programs), String.join(", ", texts));
    }

    /** The others of those that are meant. */
    ProcessSelection without(ProcessSelection selection) {
        return text.isEmpty() ? selection : new Others(selection, this);
    }

    private record Others(ProcessSelection all, IgnoredProcesses ignored) implements ProcessSelection {

        @Override
        public List<FoundProcess> find() {
            List<FoundProcess> found = all.find();
            Set<ProcessId> programs = ignored.programs().stream()
                    .flatMap(program -> program.find().stream())
                    .map(FoundProcess::id)
                    .collect(Collectors.toSet());
            return found.stream()
                    .filter(process -> !ignored.pids().contains(process.pid()) && !programs.contains(process.id()))
                    .toList();
        }

        @Override
        public String toString() {
            return all + " other than " + ignored.text();
        }
    }
}
