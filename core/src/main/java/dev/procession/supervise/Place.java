package dev.procession.supervise;

import java.util.Comparator;

/**
 * Where a process stands in its supervisor: in the order of starts, groups come first, and in them their members. Immutable.
 *
 * @param group the name of its group; its own if it belongs to none
 * @param groupPriority the group's priority; its own if it belongs to none
 * @param priority its own
 */
record Place(String group, int groupPriority, int priority) implements Comparable<Place> {

    private static final Comparator<Place> ORDER =
            Comparator.comparingInt(Place::groupPriority).thenComparingInt(Place::priority);

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }
}
