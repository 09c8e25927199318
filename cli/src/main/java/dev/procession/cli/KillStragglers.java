package dev.procession.cli;

import dev.procession.cleanup.StragglerKill;
import dev.procession.process.ArgumentMatch;
import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessSelection;
import dev.procession.process.Straggler;
import dev.procession.watch.PidFile;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Ends who is meant. */
@Command(
        name = "kill-stragglers",
        description = {
            "Ends processes: TERM, and KILL for those that are still there after a while.",
            "Prints who was ended. Left alone are those that a living run of Procession has started, and who has started"
                    + " that run; those of other users; and who has called this."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:None is left.", "1:One was left alone, or cannot be ended."},
        exitCodeOnExecutionException = 1)
final class KillStragglers implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NAME",
            description = "As pidof takes it; or a program's path; or the name of a script (.py, .sh).")
    @Nullable
    String name;

    @Parameters(index = "1..*", paramLabel = "ARGS", description = "Each must be part of one of its arguments.")
    List<String> arguments = List.of();

    @Option(names = "--exact", description = "Each ARGS must be a whole argument.")
    boolean exact;

    @Option(
            names = "--pattern",
            paramLabel = "REGEX",
            description = "In place of NAME: found anywhere in the command line.")
    @Nullable
    String pattern;

    @Option(
            names = "--pidfile",
            paramLabel = "FILE",
            description = "In place of NAME: a path, or NAME for ~/pids/NAME.pid; may be a glob.")
    @Nullable
    String pidFile;

    @Option(names = "--user", paramLabel = "USER", description = "Only those of this user, by name or number.")
    @Nullable
    String user;

    @Option(names = "--any-user", description = "Those of other users, too.")
    boolean anyUser;

    @Option(names = "--force", description = "KILL at once.")
    boolean force;

    @Option(names = "--grace", paramLabel = "TIME", description = "How long they may take to end. Default: 5s.")
    @Nullable
    String grace;

    @Option(names = "--remove-pidfile", description = "Removes the pidfiles afterwards.")
    boolean removePidFile;

    @Mixin
    HelpOption help;

    @Override
    public Integer call() {
        BaseDirectory.ofJvm();
        StragglerKill kill = StragglerKill.of(selection());
        if (grace != null) {
            kill = kill.gracePeriod(Times.duration("--grace", grace));
        }
        if (force) {
            kill = kill.force();
        }
        if (removePidFile) {
            kill = kill.removePidFile();
        }
        if (anyUser || user != null) {
            kill = kill.anyUser();
        }
        StragglerKill.Outcome outcome = kill.run();
        for (Straggler straggler : outcome.killed()) {
            spec.commandLine().getOut().println("killed pid " + straggler.pid() + " (" + straggler.command() + ")");
        }
        return outcome.spared().isEmpty() ? 0 : 1;
    }

    private ProcessSelection selection() {
        long given = Stream.of(name, pattern, pidFile).filter(x -> x != null).count();
        if (given != 1) {
            throw new InvalidSpecException(
                    "NAME",
                    given == 0 ? "is missing" : "is given beside --pattern or --pidfile, or both of these are",
                    "say who is meant by exactly one of NAME, --pattern and --pidfile");
        }
        refuse(exact && name == null, "--exact", "compares ARGS", "give NAME and ARGS");
        refuse(removePidFile && pidFile == null, "--remove-pidfile", "removes what --pidfile names", "give --pidfile");
        refuse(user != null && pidFile != null, "--user", "narrows NAME and --pattern", "use --any-user");
        refuse(force && grace != null, "--grace", "is given beside --force, which gives none", "give one of them");
        if (pidFile != null) {
            return PidFile.of(pidFile);
        }
        Sought sought = name != null
                ? Sought.named(name, arguments, exact ? ArgumentMatch.EXACT : ArgumentMatch.LOOSE)
                : Sought.matching(pattern == null ? "" : pattern);
        return user == null ? sought : sought.user(user);
    }

    private static void refuse(boolean wrong, String word, String problem, String fix) {
        if (wrong) {
            throw new InvalidSpecException(word, problem, fix);
        }
    }
}
