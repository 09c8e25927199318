package dev.procession.readiness;

import dev.procession.launch.Readiness;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be asked of a process that somebody else has started: whether it listens and answers, what it has written into
 * the file system, how long it has lived; not what it logs, and no port that we have given to it.
 */
public final class ForeignReadiness {

    /** A file's time is read from a clock that lags up to a tick behind, and the start of a process is a tick coarse. */
    private static final Duration LAG = Duration.ofMillis(40);

    private static final String NAMES = "ports have names only where a process is started here";

    private ForeignReadiness() {}

    /**
     * Looks that nothing else is asked.
     *
     * @param base what relative paths are relative to
     * @throws InvalidSpecException naming the condition, its value and the fix
     */
    public static void check(Readiness ready, Path base) {
        if (ready.log() != null) {
            throw unseen("log", ready.log());
        }
        if (ready.failOnLog() != null) {
            throw unseen("failOnLog", ready.failOnLog());
        }
        if (ready.times() > 1) {
            throw unseen("times", Integer.toString(ready.times()));
        }
        if (!ready.command().isEmpty()) {
            throw new InvalidSpecException(
                    "ready.command",
                    "starts with \"" + ready.command().get(0)
                            + "\", but it is run only beside a process that is started here",
                    "wait with 'tcp', 'http', 'unixSocket' or 'file'");
        }
        if (ready.isOneShot()) {
            throw new InvalidSpecException(
                    "exit",
                    "is " + ready.exit()
                            + ", but the exit code of a process that somebody else starts is not told to us",
                    "wait with 'file' for what it makes");
        }
        ready.tcp().forEach(ForeignReadiness::endpoint);
        ready.http().forEach(ForeignReadiness::url);
        paths("file", ready.file(), base);
        paths("unixSocket", ready.unixSocket(), base);
    }

    private static InvalidSpecException unseen(String attribute, String value) {
        return new InvalidSpecException(
                attribute,
                "is \"" + value + "\", but what a process logs that somebody else starts is not seen from here",
                "wait with 'tcp', 'http', 'unixSocket' or 'file'");
    }

    private static Endpoint endpoint(String text) {
        if (!text.contains(":") && !text.matches("\\d+")) {
            throw new InvalidSpecException(
                    "tcp", "is \"" + text + "\", a name, but " + NAMES, "write a number, or host:number");
        }
        return Endpoint.parse("tcp", text);
    }

    private static String url(String text) {
        if (text.startsWith("/") || text.startsWith(":")) {
            throw new InvalidSpecException(
                    "http",
                    "is \"" + text + "\", without a port, but " + NAMES,
                    "write it as http://localhost:8080/health");
        }
        HttpProbe.endpoint(text);
        return text;
    }

    private static List<Path> paths(String attribute, List<String> texts, Path base) {
        return texts.stream().map(text -> path(attribute, text, base)).toList();
    }

    private static Path path(String attribute, String text, Path base) {
        try {
            return base.resolve(text);
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    attribute, "is \"" + text + "\", which is no path here: " + e.getReason(), "correct it");
        }
    }

    /**
     * What must hold; nothing, if nothing is asked.
     *
     * @param base what relative paths are relative to
     * @param oldest of those that were found, the one that was started first
     * @param ownership whose listeners they may be
     */
    public static List<ReadinessProbe> conditions(Readiness ready, Path base, ProcessId oldest, Ownership ownership) {
        List<ReadinessProbe> probes = new ArrayList<>();
        ready.tcp().forEach(text -> probes.add(new Lenient(new TcpProbe(endpoint(text), ownership))));
        ready.http().forEach(text -> probes.add(new Lenient(new HttpProbe(url(text), ready.status(), ownership))));
        paths("file", ready.file(), base)
                .forEach(file ->
                        probes.add(new FileSinceProbe(file, oldest.startedAt().minus(LAG), ownership)));
        paths("unixSocket", ready.unixSocket(), base)
                .forEach(socket -> probes.add(new Lenient(new UnixSocketProbe(socket, ownership))));
        if (ready.aliveFor() != null) {
            probes.add(new AliveProbe(ready.aliveFor(), oldest.age()));
        }
        return probes;
    }
}
