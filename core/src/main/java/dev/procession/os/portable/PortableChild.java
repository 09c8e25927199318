package dev.procession.os.portable;

import dev.procession.os.Child;
import dev.procession.os.Signaller;
import dev.procession.process.ExitStatus;
import dev.procession.process.ProcessId;
import dev.procession.process.Signal;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** A child by ProcessBuilder, which the JDK reaps the moment it ends. */
final class PortableChild implements Child {

    private final Process process;
    private final ProcessId id;
    private final Signaller signaller;
    private final boolean leadsSession;
    private final CompletableFuture<ExitStatus> exit;

    PortableChild(Process process, ProcessId id, boolean leadsSession, Signaller signaller) {
        this.process = process;
        this.id = id;
        this.signaller = signaller;
        this.leadsSession = leadsSession;
        this.exit = process.onExit().thenApply(ended -> status(ended.exitValue()));
    }

    /** The JDK reports a signal n as 128 + n, which a program can also return by itself. */
    static ExitStatus status(int value) {
        return value <= 128
                ? new ExitStatus.Code(value)
                : new ExitStatus.Unknown(
                        OptionalInt.of(value),
                        "either exit code " + value + " or signal " + (value - 128)
                                + ", which the portable backend cannot tell apart");
    }

    @Override
    public ProcessId id() {
        return id;
    }

    @Override
    public boolean leadsSession() {
        return leadsSession;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    /** TERM and KILL by the JDK, which knows its own child and needs no descriptor for it. */
    @Override
    public boolean signal(Signal signal) {
        if (exit.isDone()) {
            return false;
        }
        switch (signal) {
            case TERM -> process.destroy();
            case KILL -> process.destroyForcibly();
            default -> {
                return signaller.send(id, signal);
            }
        }
        return true;
    }

    /** The leader may have been reaped, and its group's id been given to somebody else, at any moment. */
    @Override
    public boolean signalGroup(Signal signal) {
        return false;
    }

    @Override
    public void reap() {
        // The JDK did.
    }
}
