package dev.procession.readiness;

import dev.procession.process.ExitStatus;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The process itself ends, with one of some codes. */
final class ExitProbe implements ReadinessProbe {

    private final Set<Integer> codes;
    private final CompletableFuture<ExitStatus> exit;

    ExitProbe(Set<Integer> codes, CompletableFuture<ExitStatus> exit) {
        this.codes = codes;
        this.exit = exit;
    }

    @Override
    public String description() {
        return "exit code " + codes.stream().sorted().map(String::valueOf).collect(Collectors.joining(" or "));
    }

    @Override
    public Answer look() {
        ExitStatus status = exit.getNow(null);
        if (status == null) {
            return new NotYet("still running", 0);
        }
        return status instanceof ExitStatus.Code code && codes.contains(code.value())
                ? new Holds(status.toString())
                : new NotYet(status.toString(), 0);
    }

    @Override
    public Optional<Answer> lookAfterExit() {
        return Optional.of(look());
    }
}
