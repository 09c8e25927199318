package dev.procession.launch;

import dev.procession.process.InvalidSpecException;

/**
 * Where the output of a process goes, and how much of it is kept. As supervisord's {@code redirect_stderr}, {@code
 * stdout_logfile_maxbytes} and {@code stdout_logfile_backups}, but without a limit unless one is given.
 *
 * <p>Immutable and thread safe: each method returns a changed copy.
 *
 * @param merged whether standard error goes into standard output's file, in the order in which both were written; default
 *     false
 * @param maxBytes the size in bytes from which on a file is rotated; 0, the default, for never. It is looked at about once a
 *     second: a file may grow beyond it by what is written meanwhile
 * @param backups how many rotated files are kept, {@code stdout.log.1} being the latest; with 0 a file that is due is just
 *     emptied. Default 10
 */
public record OutputPolicy(boolean merged, long maxBytes, int backups) {

    /** Two files, no rotation. */
    public static final OutputPolicy DEFAULT = new OutputPolicy(false, 0, 10);

    /** @throws InvalidSpecException if a number is negative */
    public OutputPolicy {
        if (maxBytes < 0) {
            throw new InvalidSpecException("output.maxBytes", "is " + maxBytes, "give 0 for no limit, or more");
        }
        if (backups < 0) {
            throw new InvalidSpecException("output.backups", "is " + backups, "give 0 for none, or more");
        }
    }

    public OutputPolicy merged(boolean both) {
        return new OutputPolicy(both, maxBytes, backups);
    }

    public OutputPolicy maxBytes(long bytes) {
        return new OutputPolicy(merged, bytes, backups);
    }

    public OutputPolicy backups(int count) {
        return new OutputPolicy(merged, maxBytes, count);
    }

    /** Whether there is a limit at all. */
    public boolean rotates() {
        return maxBytes > 0;
    }
}
