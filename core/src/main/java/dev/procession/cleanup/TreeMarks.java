package dev.procession.cleanup;

import dev.procession.launch.Launch;
import dev.procession.launch.RunCookie;
import java.nio.file.Path;
import java.util.Set;

/**
 * By what the processes of one tree are known beside their ancestry. Immutable.
 *
 * @param cookie what they inherit
 * @param folder where they work, unless they were told to work elsewhere; nobody else's business
 * @param ports where they listen: those that were leased for them; a pinned one can be anybody's
 */
public record TreeMarks(RunCookie cookie, Path folder, Set<Integer> ports) {

    public TreeMarks {
        ports = Set.copyOf(ports);
    }

    public static TreeMarks of(Launch launch) {
        return new TreeMarks(
                launch.cookie(),
                launch.allocation().folder(),
                launch.allocation().leasedPorts());
    }
}
