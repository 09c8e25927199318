package dev.procession.junit;

import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessQuery;
import dev.procession.process.ProcessSelection;
import dev.procession.supervise.SupervisedProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who does not count, by pid or by the name of a program or of a process that is managed. Immutable.
 *
 * @param pids those that are numbers
 * @param names the others
 */
record IgnoredProcesses(List<Long> pids, List<String> names) {

    /**
     * Reads what an annotation says.
     *
     * @throws InvalidSpecException for what is neither a pid nor a name
     */
    static IgnoredProcesses read(String... texts) {
        List<Long> pids = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String text : texts) {
            String word = text.strip();
            if (word.isEmpty() || word.matches("0+|-\\d+|\\d{19,}")) {
                throw new InvalidSpecException(
                        "ignore", "holds \"" + text + "\"", "give a pid, a number above 0, or the name of a program");
            }
            if (word.matches("\\d+")) {
                pids.add(Long.parseLong(word));
            } else {
                names.add(word);
            }
        }
        return new IgnoredProcesses(List.copyOf(pids), List.copyOf(names));
    }

    /**
     * The others of those that are meant.
     *
     * @param visible what is managed there
     */
    ProcessSelection without(ProcessSelection selection, List<SupervisedProcess> visible) {
        if (pids.isEmpty() && names.isEmpty()) {
            return selection;
        }
        List<ProcessSelection> ignored = new ArrayList<>();
        names.forEach(name -> ignored.add(ProcessQuery.named(name)));
        visible.stream()
                .filter(process -> names.contains(process.name()))
                .forEach(process -> ignored.add(new ManagedTree(process)));
        return new Rest(selection, Set.copyOf(pids), ignored, selection + " other than " + this);
    }

    @Override
    public String toString() {
        return Stream.concat(
                        pids.stream().map(pid -> "pid " + pid), names.stream().map(name -> "'" + name + "'"))
                .collect(Collectors.joining(", "));
    }

    private record Rest(ProcessSelection all, Set<Long> ignoredPids, List<ProcessSelection> ignored, String text)
            implements ProcessSelection {

        @Override
        public List<FoundProcess> find() {
            List<FoundProcess> found = all.find();
            if (found.isEmpty()) {
                return found;
            }
            Set<ProcessId> spared = new HashSet<>();
            ignored.forEach(selection -> selection.find().forEach(process -> spared.add(process.id())));
            return found.stream()
                    .filter(process -> !ignoredPids.contains(process.pid()) && !spared.contains(process.id()))
                    .toList();
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
