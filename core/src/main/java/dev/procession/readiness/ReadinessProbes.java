package dev.procession.readiness;

import dev.procession.launch.Launch;
import dev.procession.launch.ProcessLog;
import dev.procession.launch.Readiness;
import dev.procession.process.InvalidSpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The probes for a description: what must hold, and what must never. */
public final class ReadinessProbes {

    private ReadinessProbes() {}

    /**
     * What must hold.
     *
     * @param wakeUp called on a shared thread when a look is worth while
     */
    public static List<ReadinessProbe> conditions(
            Launch launch, ProcessLog log, PortOwnership ownership, Runnable wakeUp) {
        Readiness ready = launch.spec().ready();
        List<ReadinessProbe> probes = new ArrayList<>();
        if (ready.isDefault()) {
            launch.port()
                    .ifPresentOrElse(
                            port -> probes.add(new TcpProbe(new Endpoint(Endpoint.LOCALHOST, port), ownership)),
                            () -> probes.add(new AliveProbe(Readiness.DEFAULT_ALIVE_FOR)));
            return probes;
        }
        endpoints(launch).forEach(endpoint -> probes.add(new TcpProbe(endpoint, ownership)));
        launch.http().forEach(http -> probes.add(new HttpProbe(url(launch, http), ready.status(), ownership)));
        if (ready.log() != null) {
            probes.add(new LogProbe(log, ready.log(), ready.times(), wakeUp));
        }
        if (ready.aliveFor() != null) {
            probes.add(new AliveProbe(ready.aliveFor()));
        }
        return probes;
    }

    /** What ends the wait if it is seen. */
    public static List<ReadinessProbe> vetoes(Launch launch, ProcessLog log, Runnable wakeUp) {
        return launch.spec().ready().failOnLog() == null
                ? List.of()
                : List.of(new FailureLogProbe(log, launch.spec().ready().failOnLog(), wakeUp));
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
        Stream<Endpoint> asked = Stream.concat(
                endpoints(launch).stream(), launch.http().stream().map(http -> HttpProbe.endpoint(url(launch, http))));
        // Collected first: a bad endpoint is an error at once, not when the last port is asked for.
        List<Endpoint> local = asked.filter(Endpoint::isLocal).toList();
        return IntStream.concat(launch.port().stream(), local.stream().mapToInt(Endpoint::port))
                .distinct();
    }

    private static List<Endpoint> endpoints(Launch launch) {
        return launch.tcp().stream()
                .map(text -> text.equals("port")
                        ? new Endpoint(Endpoint.LOCALHOST, launch.port().orElseThrow())
                        : Endpoint.parse("tcp", text))
                .toList();
    }

    private static String url(Launch launch, String http) {
        return http.startsWith("/")
                ? "http://" + Endpoint.LOCALHOST + ":" + launch.port().orElseThrow() + http
                : http;
    }
}
