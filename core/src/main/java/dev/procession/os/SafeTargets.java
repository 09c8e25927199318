package dev.procession.os;

import dev.procession.process.ProcessId;

/** What no signal of ours may ever reach, whoever asks. */
public final class SafeTargets {

    private static final long SELF = ProcessHandle.current().pid();

    private SafeTargets() {}

    /**
     * @throws IllegalArgumentException for init and for this JVM itself
     */
    public static ProcessId check(ProcessId id) {
        if (id.pid() <= 1 || id.pid() == SELF) {
            throw new IllegalArgumentException("Expected a process other than init and this JVM, but was " + id);
        }
        return id;
    }
}
