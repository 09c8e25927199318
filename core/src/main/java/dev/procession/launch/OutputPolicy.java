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
 *     second, for the last time within a second of the end and not after the supervisor was closed, and before each start: a
 *     file may grow beyond it by what is written meanwhile, and what was written last stays so until the next start. It is
 *     not looked at for the sake of the end itself: that would free nothing and, without backups, take away the lines that
 *     say why a process has ended
 * @param backups how many rotated files are kept, {@code stdout.log.1} being the latest; with 0 a file that is due is just
 *     emptied. Default 10
 * @param piped whether the process writes to pipes, which little programs carry into the files, instead of to the files
 *     themselves; default false. For what opens {@code /dev/stdout} or {@code /dev/stderr}, as scripts and {@code tee
 *     /dev/stderr} do: that empties a file, but loses nothing of a pipe. It costs a process for each file, and a copy of all
 *     that is written. Only on Linux
 */
public record OutputPolicy(boolean merged, long maxBytes, int backups, boolean piped) {

    /** Two files, no rotation, no pipes. */
    public static final OutputPolicy DEFAULT = new OutputPolicy(false, 0, 10);

    /** The same through pipes: nothing that a program writes is lost when it opens {@code /dev/stdout} itself. */
    public static final OutputPolicy PIPE = DEFAULT.piped(true);

    /** Straight into files. */
    public OutputPolicy(boolean merged, long maxBytes, int backups) {
        this(merged, maxBytes, backups, false);
    }

    /** @throws InvalidSpecException if a number is negative */
    public OutputPolicy {
        if (maxBytes < 0) {
            throw new InvalidSpecException("output.maxBytes", "is " + maxBytes, "give 0 for no limit, or more");
        }
        if (backups < 0) {
            throw new InvalidSpecException("output.backups", "is " + backups, "give 0 for none, or more");
        }
    }

    /**
     * As annotations and poms say it.
     *
     * @param word {@code PIPE}, or nothing for {@link #DEFAULT}
     * @throws InvalidSpecException for any other
     */
    public static OutputPolicy of(String word) {
        if (word.isEmpty()) {
            return DEFAULT;
        }
        if (word.equalsIgnoreCase(ProcessSpec.PIPE)) {
            return PIPE;
        }
        throw new InvalidSpecException(
                "output", "is \"" + word + "\"", "write " + ProcessSpec.PIPE + ", or leave it out for plain files");
    }

    public OutputPolicy merged(boolean both) {
        return new OutputPolicy(both, maxBytes, backups, piped);
    }

    public OutputPolicy maxBytes(long bytes) {
        return new OutputPolicy(merged, bytes, backups, piped);
    }

    public OutputPolicy backups(int count) {
        return new OutputPolicy(merged, maxBytes, count, piped);
    }

    public OutputPolicy piped(boolean through) {
        return new OutputPolicy(merged, maxBytes, backups, through);
    }

    /** Whether there is a limit at all. */
    public boolean rotates() {
        return maxBytes > 0;
    }
}
