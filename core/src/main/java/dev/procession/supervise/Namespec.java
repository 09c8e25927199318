package dev.procession.supervise;

import java.util.Optional;

/**
 * How supervisord addresses processes: one by its name alone where its group has the same, otherwise by {@code group:name};
 * all of a group by {@code group:*}. Immutable.
 *
 * @param group the group
 * @param name one process of it; empty for all
 */
record Namespec(String group, Optional<String> name) {

    private static final String ALL = "*";

    static String of(String group, String name) {
        return group.equals(name) ? name : group + ":" + name;
    }

    /** {@code name}, {@code group:name}, {@code group:*} or {@code group:}. */
    static Namespec parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return new Namespec(text, Optional.of(text));
        }
        String name = text.substring(colon + 1);
        return new Namespec(
                text.substring(0, colon), name.isEmpty() || name.equals(ALL) ? Optional.empty() : Optional.of(name));
    }

    boolean means(SupervisedProcess process) {
        return process.group().equals(group) && name.map(process.name()::equals).orElse(true);
    }

    boolean isOfWholeGroup() {
        return name.isEmpty();
    }
}
