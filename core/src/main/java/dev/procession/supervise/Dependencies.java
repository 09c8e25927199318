package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Looks that what depends on each other can be started at all. */
final class Dependencies {

    private final Map<String, ProcessSpec> group = new LinkedHashMap<>();
    private final Set<String> done = new HashSet<>();

    private Dependencies(List<ProcessSpec> group) {
        group.forEach(spec -> this.group.put(spec.name(), spec));
    }

    /**
     * Checks the processes that are to be started together.
     *
     * @param others the names of those that are there already
     * @throws InvalidSpecException for a name that nobody has, or a cycle, which it shows
     */
    static void check(List<ProcessSpec> group, Collection<String> others) {
        Dependencies dependencies = new Dependencies(group);
        for (ProcessSpec spec : group) {
            for (String name : spec.dependsOn()) {
                if (!dependencies.group.containsKey(name) && !others.contains(name)) {
                    throw unknown(spec, name, dependencies.group.keySet(), others);
                }
            }
        }
        group.forEach(dependencies::follow);
    }

    /** All that a process depends on, and what these depend on, each once. */
    static Set<SupervisedProcess> of(SupervisedProcess process) {
        Set<SupervisedProcess> all = new LinkedHashSet<>();
        Deque<SupervisedProcess> open = new ArrayDeque<>(process.dependencies());
        while (!open.isEmpty()) {
            SupervisedProcess next = open.pop();
            if (all.add(next)) {
                open.addAll(next.dependencies());
            }
        }
        return all;
    }

    private static InvalidSpecException unknown(
            ProcessSpec spec, String name, Collection<String> group, Collection<String> others) {
        Set<String> known = new TreeSet<>(group);
        known.addAll(others);
        known.remove(spec.name());
        String near = Suggestion.nearest(name, known)
                .map(candidate -> "did you mean \"" + candidate + "\"? ")
                .orElse("");
        String names = known.isEmpty()
                ? "there is no other process"
                : "there are: " + known.stream().map(other -> "'" + other + "'").collect(Collectors.joining(", "));
        return new InvalidSpecException("dependsOn", "holds \"" + name + "\", which is no process", near + names)
                .at(spec.declaration());
    }

    /** Without recursion: a chain can be longer than a stack is deep. */
    private void follow(ProcessSpec first) {
        List<String> way = new ArrayList<>();
        Map<String, Iterator<String>> open = new HashMap<>();
        step(first, way, open);
        while (!way.isEmpty()) {
            String last = way.get(way.size() - 1);
            Iterator<String> rest = open.get(last);
            if (rest.hasNext()) {
                ProcessSpec next = group.get(rest.next());
                if (next != null) {
                    step(next, way, open);
                }
            } else {
                way.remove(way.size() - 1);
                open.remove(last);
                done.add(last);
            }
        }
    }

    private void step(ProcessSpec next, List<String> way, Map<String, Iterator<String>> open) {
        String name = next.name();
        if (open.containsKey(name)) {
            way.add(name);
            throw new InvalidSpecException(
                            "dependsOn",
                            "leads back to where it began: "
                                    + String.join(" -> ", way.subList(way.indexOf(name), way.size())),
                            "take one of these out")
                    .at(next.declaration());
        }
        if (!done.contains(name)) {
            way.add(name);
            open.put(name, next.dependsOn().iterator());
        }
    }
}
