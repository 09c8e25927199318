package dev.procession.cli;

import dev.procession.process.ArgumentMatch;
import dev.procession.process.DidNotStartException;
import dev.procession.process.Epoch;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.OldStartTimeException;
import dev.procession.watch.ProcessWatch;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Waits until somebody fresh is there. */
@Command(
        name = "wait-for-start",
        exitCodeOnExecutionException = Errors.INTERNAL,
        description = "Waits until a process is there that was started lately.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            " 0:It is there and fresh.",
            "51:What is there at the end is older.",
            "52:Nothing is there at the end."
        })
final class WaitForStart implements Callable<Integer> {

    static final int OLD = 51;
    static final int NONE = 52;

    @Spec
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TIMEOUT", description = "How long at most; 0 looks once.")
    String timeout;

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "As pidof takes it; or a program's path; or the name of a script (.py, .sh).")
    String name;

    @Parameters(index = "2..*", paramLabel = "ARGS", description = "Each must be part of one of its arguments.")
    List<String> arguments = List.of();

    @Option(names = "--exact", description = "Each ARGS must be a whole argument.")
    boolean exact;

    @Option(
            names = "--within",
            paramLabel = "TIME",
            description = "Fresh is what was started so long before this call, or later. Default: TIMEOUT in minutes,"
                    + " rounded up, at least 1m.")
    @Nullable
    String within;

    @Option(
            names = "--since",
            paramLabel = "MOMENT",
            description =
                    "Fresh is what was started then, or later. Such as $(date +%%s.%%N) or" + " 2026-11-20T18:30:00Z.")
    @Nullable
    String since;

    @Mixin
    HelpOption help;

    @Override
    public Integer call() {
        Duration patience = Times.duration("TIMEOUT", timeout);
        Sought sought = Sought.named(name, arguments, exact ? ArgumentMatch.EXACT : ArgumentMatch.LOOSE);
        try {
            ProcessWatch.ofJvm().awaitStart(sought.withoutCallers(), epoch(patience), patience);
            return 0;
        } catch (OldStartTimeException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return OLD;
        } catch (DidNotStartException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return NONE;
        }
    }

    private Epoch epoch(Duration patience) {
        if (since != null && within != null) {
            throw new InvalidSpecException("--since", "is given beside --within", "give one of them");
        }
        if (since != null) {
            return Times.moment("--since", since);
        }
        return Epoch.ago(within == null ? window(patience) : Times.duration("--within", within));
    }

    /** That of the original tool: whole minutes, rounded up. With a timeout of 0 nothing could be fresh, hence at least one. */
    static Duration window(Duration timeout) {
        return Duration.ofMinutes(
                Math.max(1, timeout.plusSeconds(60).minusNanos(1).toMinutes()));
    }
}
