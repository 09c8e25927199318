package dev.procession.supervise;

import dev.procession.testkit.Await;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a supervisor has told, word by word: pids in the order in which they came as {@code pid A}, {@code pid B}. */
final class Story implements Consumer<SupervisionEvent> {

    private static final Pattern PID = Pattern.compile("pid \\d+");

    private final List<SupervisionEvent> events = new CopyOnWriteArrayList<>();

    @Override
    public void accept(SupervisionEvent event) {
        events.add(event);
    }

    List<SupervisionEvent> events() {
        return List.copyOf(events);
    }

    /** Once somebody has been told of so many. */
    List<String> lines(int count) {
        Await.until(count + " events in " + events, () -> events.size() >= count);
        return lines();
    }

    List<String> lines() {
        Map<String, String> names = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        for (SupervisionEvent event : events) {
            Matcher pids = PID.matcher(event.toString());
            lines.add(pids.replaceAll(found ->
                    names.computeIfAbsent(found.group(), any -> "pid " + (char) ('A' + names.size()))));
        }
        return lines;
    }

    /** Who has entered a state, in that order. */
    List<String> entered(ProcessState state) {
        return events.stream()
                .filter(SupervisionEvent.StateChanged.class::isInstance)
                .map(SupervisionEvent.StateChanged.class::cast)
                .filter(change -> change.to() == state)
                .map(change -> Namespec.of(change.group(), change.process()))
                .toList();
    }
}
