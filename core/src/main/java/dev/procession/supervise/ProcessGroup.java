package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Processes that are added, started, stopped and removed together, as supervisord's {@code [group:x]}. Its members are
 * addressed as {@code group:name}, all of them as {@code group:*}. Immutable and thread safe.
 *
 * @param name unlike that of any other group or process; letters, digits, {@code .}, {@code _} and {@code -}
 * @param priority its place in the order: the lower, the earlier it is started and the later it is stopped; default 999
 * @param members at least one, of different names
 */
public record ProcessGroup(String name, int priority, List<ProcessSpec> members) {

    private static final int PRIORITY = 999;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

    public ProcessGroup {
        members = List.copyOf(members);
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new InvalidSpecException(
                    "name",
                    "of a group is \"" + name + "\", but it names a folder",
                    "use letters, digits, '.', '_' and '-' only");
        }
        if (members.isEmpty()) {
            throw new InvalidSpecException(
                    "members", "of group \"" + name + "\" is empty", "give at least one process");
        }
        Set<String> names = new HashSet<>();
        for (ProcessSpec member : members) {
            if (!names.add(member.name())) {
                throw new InvalidSpecException(
                        "members",
                        "of group \"" + name + "\" has \"" + member.name() + "\" twice",
                        "give each process a name of its own");
            }
        }
    }

    /** A group of these processes. */
    public static ProcessGroup of(String name, ProcessSpec... members) {
        return new ProcessGroup(name, PRIORITY, List.of(members));
    }

    /**
     * A group of like processes, {@code NAME-0} and so on, as supervisord's {@code numprocs}.
     *
     * @param count how many, at least 1
     * @param process describes the process of a number, from 0 on; its name is overwritten
     * @throws InvalidSpecException if the count is less than 1
     */
    public static ProcessGroup numbered(String name, int count, IntFunction<ProcessSpec.Builder> process) {
        if (count < 1) {
            throw new InvalidSpecException("count", "of group \"" + name + "\" is " + count, "give at least 1");
        }
        return new ProcessGroup(
                name,
                PRIORITY,
                IntStream.range(0, count)
                        .mapToObj(number ->
                                process.apply(number).name(name + "-" + number).build())
                        .toList());
    }

    /** A copy with another priority. */
    public ProcessGroup priority(int value) {
        return new ProcessGroup(name, value, members);
    }
}
