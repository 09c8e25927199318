package dev.procession.cleanup;

import dev.procession.launch.Launch;
import dev.procession.launch.RunCookie;
import dev.procession.launch.StopPolicy;
import java.nio.file.Path;
import java.util.Set;

/**
 * By what the processes of one tree are known beside their ancestry. Immutable.
 *
 * @param cookie what they inherit
 * @param folder where they work, unless they were told to work elsewhere; nobody else's business
 * @param ports where they listen: those that were leased for them; a pinned one can be anybody's
 * @param stop which of them are left alone, and so are none
 */
public record TreeMarks(RunCookie cookie, Path folder, Set<Integer> ports, StopPolicy stop) {

    public TreeMarks {
        ports = Set.copyOf(ports);
    }

    public static TreeMarks of(Launch launch) {
        return new TreeMarks(
                launch.cookie(),
                launch.allocation().folder(),
                launch.allocation().leasedPorts(),
                launch.spec().stop());
    }
}
