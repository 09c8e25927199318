package dev.procession.supervise;

import dev.procession.process.ExitStatus;

/**
 * What came of a program that was run beside a process by {@link SupervisedProcess#exec}. Immutable and thread safe.
 *
 * @param exitStatus how it ended
 * @param stdout all it has written to standard output, as UTF-8; with its secrets, unlike messages
 * @param stderr the same of standard error
 */
public record ExecResult(ExitStatus exitStatus, String stdout, String stderr) {

    /** Whether it ended by itself with code 0. */
    public boolean isSuccess() {
        return exitStatus.isSuccess();
    }
}
