package dev.procession.readiness;

import dev.procession.launch.Launch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.Readiness;
import dev.procession.launch.Suggestion;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.ExitStatus;
import dev.procession.process.InvalidSpecException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The probes for a description: what must hold, and what must never. */
public final class ReadinessProbes {

    /** {@code :http/health}: a path on a named port. */
    private static final Pattern NAMED = Pattern.compile(":(?<name>[^/:]+)(?<path>/.*)");

    private ReadinessProbes() {}

    /**
     * What must hold.
     *
     * @param command how its readiness command is run, if it has one
     * @param before how its files were before the spawn
     * @param wakeUp called on a shared thread when a look is worth while
     */
    public static List<ReadinessProbe> conditions(
            Launch launch,
            Optional<SpawnRequest> command,
            FilesBefore before,
            ProcessLog log,
            Ownership ownership,
            Spawner spawner,
            CompletableFuture<ExitStatus> exit,
            Runnable wakeUp) {
        Readiness ready = launch.spec().ready();
        List<ReadinessProbe> probes = new ArrayList<>();
        if (ready.isDefault()) {
            launch.allocation()
                    .ports()
                    .values()
                    .forEach(port -> probes.add(new TcpProbe(new Endpoint(Endpoint.LOCALHOST, port), ownership)));
            if (probes.isEmpty()) {
                probes.add(new AliveProbe(Readiness.DEFAULT_ALIVE_FOR));
            }
            return probes;
        }
        endpoints(launch).forEach(endpoint -> probes.add(new TcpProbe(endpoint, ownership)));
        launch.http().forEach(http -> probes.add(new HttpProbe(url(launch, http), ready.status(), ownership)));
        ready.logPattern().ifPresent(pattern -> probes.add(new LogProbe(log, pattern, ready.times(), wakeUp)));
        launch.readyFiles().forEach(file -> probes.add(new FileProbe(file, before, ownership)));
        launch.readySockets().forEach(socket -> probes.add(new UnixSocketProbe(socket, ownership)));
        command.ifPresent(request -> probes.add(new CommandProbe(request, launch.readyCommand(), spawner, wakeUp)));
        if (ready.isOneShot()) {
            probes.add(new ExitProbe(ready.exit(), exit));
        }
        if (ready.aliveFor() != null) {
            probes.add(new AliveProbe(ready.aliveFor()));
        }
        return probes;
    }

    /** What ends the wait if it is seen. */
    public static List<ReadinessProbe> vetoes(Launch launch, ProcessLog log, Runnable wakeUp) {
        return launch.spec()
                .ready()
                .failurePattern()
                .<List<ReadinessProbe>>map(pattern -> List.of(new FailureLogProbe(log, pattern, wakeUp)))
                .orElse(List.of());
    }

    /**
     * Looks that every endpoint is one, without resolving a name.
     *
     * @throws InvalidSpecException for an endpoint that is none
     */
    public static void check(Launch launch) {
        endpoints(launch);
        launch.http().forEach(http -> HttpProbe.endpoint(url(launch, http)));
    }

    /**
     * The ports of this machine on which nobody may listen before the start.
     *
     * @throws InvalidSpecException for an endpoint that is none
     */
    public static IntStream portsToBeFree(Launch launch) {
        List<Endpoint> local = asked(launch).filter(Endpoint::isLoopback).toList();
        return IntStream.concat(
                        launch.allocation().ports().values().stream().mapToInt(Integer::intValue),
                        local.stream().mapToInt(Endpoint::port))
                .distinct();
    }

    /**
     * What else nobody may be reached at before the start: addresses that this machine has in a network.
     *
     * @throws InvalidSpecException for an endpoint that is none
     */
    public static List<InetSocketAddress> addressesToBeFree(Launch launch) {
        return asked(launch)
                .filter(endpoint -> endpoint.isLocal() && !endpoint.isLoopback())
                .flatMap(endpoint -> endpoint.addresses().stream())
                .distinct()
                .toList();
    }

    /** Collected first: a bad endpoint is an error at once, not when the last one is asked for. */
    private static Stream<Endpoint> asked(Launch launch) {
        return Stream.concat(
                endpoints(launch).stream(), launch.http().stream().map(http -> HttpProbe.endpoint(url(launch, http))))
                .toList()
                .stream();
    }

    private static List<Endpoint> endpoints(Launch launch) {
        return launch.tcp().stream().map(text -> endpoint(launch, text)).toList();
    }

    private static Endpoint endpoint(Launch launch, String text) {
        OptionalInt named = launch.allocation().port(text);
        if (named.isPresent()) {
            return new Endpoint(Endpoint.LOCALHOST, named.getAsInt());
        }
        Set<String> names = launch.allocation().ports().keySet();
        // A number or "host:number" is what it says, however near to a name.
        Optional<String> near =
                text.contains(":") || text.matches("\\d+") ? Optional.empty() : Suggestion.nearest(text, names);
        if (near.isPresent()) {
            throw new InvalidSpecException(
                    "tcp", "is \"" + text + "\", which is no port of it", "did you mean \"" + near.get() + "\"?");
        }
        return Endpoint.parse("tcp", text);
    }

    private static String url(Launch launch, String http) {
        if (http.startsWith("/")) {
            return url(launch.port().orElseThrow(), http);
        }
        Matcher named = NAMED.matcher(http);
        if (!named.matches()) {
            return http;
        }
        String name = named.group("name");
        Set<String> names = launch.allocation().ports().keySet();
        OptionalInt port = launch.allocation().port(name);
        if (port.isEmpty()) {
            throw new InvalidSpecException(
                    "http",
                    "is \"" + http + "\", but there is no port \"" + name + "\"",
                    Suggestion.nearest(name, names)
                            .map(near -> "did you mean \":" + near + named.group("path") + "\"?")
                            .orElse("declare it in 'ports'"));
        }
        return url(port.getAsInt(), named.group("path"));
    }

    private static String url(int port, String path) {
        return "http://" + Endpoint.LOCALHOST + ":" + port + path;
    }
}
