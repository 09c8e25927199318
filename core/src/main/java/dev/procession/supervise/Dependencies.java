package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
        group.forEach(spec -> dependencies.follow(spec, new ArrayList<>()));
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

    private void follow(ProcessSpec spec, List<String> way) {
        int seen = way.indexOf(spec.name());
        way.add(spec.name());
        if (seen >= 0) {
            throw new InvalidSpecException(
                            "dependsOn",
                            "leads back to where it began: " + String.join(" -> ", way.subList(seen, way.size())),
                            "take one of these out")
                    .at(group.get(way.get(seen)).declaration());
        }
        if (!done.contains(spec.name())) {
            for (String name : spec.dependsOn()) {
                ProcessSpec next = group.get(name);
                if (next != null) {
                    follow(next, way);
                }
            }
            done.add(spec.name());
        }
        way.remove(way.size() - 1);
    }
}
