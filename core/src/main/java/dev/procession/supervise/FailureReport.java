package dev.procession.supervise;

import dev.procession.launch.CommandText;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessLog;
import dev.procession.process.Durations;
import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import dev.procession.readiness.ReadinessWait.Outcome;
import dev.procession.readiness.ReadinessWait.Waited;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Composes the messages of failures: what was expected, what was found, what to do. For one thread. */
final class FailureReport {

    private static final int TAIL = 12;
    private static final String INDENT = "\n  ";

    private final StringBuilder text = new StringBuilder();
    private final Launch launch;

    private FailureReport(Launch launch, String headline) {
        this.launch = launch;
        text.append(headline);
    }

    private static FailureReport about(Launch launch, String predicate) {
        return new FailureReport(launch, "'" + launch.spec().name() + "' " + predicate);
    }

    /** It never came to life. */
    static String notStarted(Launch launch, String problem, String fix, String attribute) {
        return about(launch, "could not be started: " + problem)
                .command()
                .remedy(fix
                        + (fix.endsWith("?") ? " Look at " : "; look at ")
                        + launch.spec().declarationOf(attribute));
    }

    /**
     * It lived, but did not become ready. Called when it has been stopped.
     *
     * @param status how it ended by itself, or null if it had to be stopped
     * @param portOwner who listens on its port now
     * @param listening the ports on which it listened when the time was up
     */
    static String notReady(
            Launch launch,
            Outcome outcome,
            long pid,
            @Nullable ExitStatus status,
            ProcessLog log,
            Optional<String> portOwner,
            Set<Integer> listening,
            boolean stopped) {
        String timeout = Durations.describe(launch.spec().ready().timeout());
        String elapsed = Durations.describe(outcome.elapsed());
        String headline = stopped
                ? "was stopped before it was ready, after " + elapsed + " of " + timeout
                : switch (outcome.kind()) {
                    case EXITED ->
                        (status == null
                                        ? "exited"
                                        : launch.spec().ready().isOneShot() ? "ended with " + status : "exited")
                                + " before it was ready, after " + elapsed + " of " + timeout;
                    case TIMED_OUT -> "was not ready within " + timeout;
                    case NEVER -> "cannot become ready, after " + elapsed + " of " + timeout + ": " + outcome.reason();
                    default -> "was not ready when its start was interrupted, after " + elapsed + " of " + timeout;
                };
        FailureReport report = about(launch, headline);
        report.line(
                "process",
                "pid " + pid + ", "
                        + (status != null ? status : stopped ? "stopped" : "still running, so it was stopped"));
        outcome.waited().stream()
                .filter(waited -> !waited.held())
                .forEach(waited -> report.line("waiting for", describe(waited)));
        return report.command()
                .tail(log)
                .remedy(
                        stopped
                                ? "stop it only when its start has returned"
                                : remedy(launch, outcome, status, portOwner, listening));
    }

    /** It was ready, and then died unasked. */
    static String died(Launch launch, Run run, ExitStatus status) {
        FailureReport report = about(launch, "died, and nobody had asked it to: " + status);
        report.line("process", pid(run) + ", was up for " + uptime(run));
        return report.command()
                .tail(run.log())
                .remedy("find out what ended it; if the test means to end it, it calls stop(), kill() or expectExit()");
    }

    /**
     * Somebody expected something else of it.
     *
     * @param headline what was expected and what was found, with its name
     * @param run null if it was never started
     */
    static String of(
            Launch launch,
            String headline,
            ProcessState state,
            @Nullable Run run,
            Optional<ExitStatus> status,
            String remedy) {
        FailureReport report = new FailureReport(launch, headline);
        if (run == null) {
            report.line("process", state + ", never started");
            return report.command().remedy(remedy);
        }
        report.line(
                "process",
                pid(run) + ", " + state + status.map(how -> ", " + how).orElse("")
                        + (status.isPresent() ? ", was up for " : ", up for ") + uptime(run));
        return report.command().tail(run.log()).remedy(remedy);
    }

    private static String pid(Run run) {
        return "pid " + run.child().id().pid();
    }

    private static String uptime(Run run) {
        return Durations.describe(
                Duration.between(run.startedAt(), run.exitedAt().orElseGet(Instant::now)));
    }

    static String describe(Waited waited) {
        return waited.description() + (waited.seen().isEmpty() ? "" : " (last: " + waited.seen() + ")");
    }

    private static String remedy(
            Launch launch,
            Outcome outcome,
            @Nullable ExitStatus status,
            Optional<String> portOwner,
            Set<Integer> listening) {
        String look = "look at " + launch.spec().declarationOf("command");
        return switch (outcome.kind()) {
            case NEVER -> outcome.fix();
            case TIMED_OUT ->
                listensElsewhere(launch, listening)
                        .map(elsewhere -> elsewhere + "; " + look)
                        .or(() -> answersOtherwise(launch, outcome))
                        .orElseGet(() -> "look at what it logged; if it is only slow, raise "
                                + launch.spec().declarationOf("timeout"));
            case EXITED -> {
                if (launch.spec().ready().isOneShot()) {
                    yield "look at what it logged; if that is how it ends well, add the code to "
                            + launch.spec().declarationOf("exit");
                }
                if (status != null && status.isSuccess()) {
                    yield "exit code 0 means it finished, or went into the background: run it in the foreground; "
                            + look;
                }
                if (status instanceof ExitStatus.Signalled signalled && signalled.by(Signal.KILL)) {
                    yield "find out who killed it: the system does when memory runs out; " + look;
                }
                String port = launch.port().isEmpty()
                        ? ""
                        : "port " + launch.port().getAsInt()
                                + portOwner
                                        .map(owner -> " is taken by " + owner)
                                        .orElse(" is free") + "; ";
                yield port + look;
            }
            default -> "start it again; an interrupt comes from a test's timeout or a cancelled build";
        };
    }

    /** A program that ignores the port it was given is the most frequent reason of a timeout. */
    private static Optional<String> listensElsewhere(Launch launch, Set<Integer> listening) {
        Collection<Integer> given = launch.allocation().ports().values();
        if (listening.isEmpty() || given.isEmpty() || listening.containsAll(given)) {
            return Optional.empty();
        }
        return Optional.of("it listens on port " + join(listening) + ", but was given " + join(given)
                + ": let it use what it is given");
    }

    private static Optional<String> answersOtherwise(Launch launch, Outcome outcome) {
        return outcome.waited().stream()
                        .anyMatch(waited -> !waited.held() && waited.seen().contains("answered "))
                ? Optional.of("it answers, but not with such a status; correct "
                        + launch.spec().declarationOf("http") + ", or say in its 'status' what is to count")
                : Optional.empty();
    }

    private static String join(Collection<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private FailureReport command() {
        line(
                "command",
                CommandText.of(launch.command(), launch.secrets()) + "      in " + CommandText.of(launch.directory()));
        return this;
    }

    private FailureReport tail(ProcessLog log) {
        boolean any = false;
        for (ProcessLog stream : log.streams()) {
            List<String> lines = stream.lastLines(TAIL);
            if (!lines.isEmpty()) {
                any = true;
                text.append(INDENT).append("last lines of ").append(path(stream));
                lines.forEach(line -> text.append("\n    ").append(line));
            }
        }
        if (!any) {
            line("output", "none, in " + files(log));
        }
        // After the tails: reading them may have shown it.
        log.loss().ifPresent(loss -> line("lost", loss));
        return this;
    }

    private static String files(ProcessLog log) {
        List<Path> files = log.files();
        return CommandText.of(files.get(0))
                + files.stream()
                        .skip(1)
                        .map(file -> " and " + file.getFileName())
                        .collect(Collectors.joining());
    }

    private static String path(ProcessLog stream) {
        Path file = stream.files().get(0);
        return CommandText.of(file);
    }

    private void line(String label, Object value) {
        text.append(INDENT).append(String.format("%-11s ", label)).append(value);
    }

    private String remedy(String remedy) {
        line("try", remedy);
        return launch.secrets().mask(text.toString());
    }
}
