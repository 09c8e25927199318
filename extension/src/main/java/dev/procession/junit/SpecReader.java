package dev.procession.junit;

import dev.procession.launch.OutputPolicy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StatusRange;
import dev.procession.launch.StopPolicy;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns annotations into descriptions, checked at once. */
final class SpecReader {

    private SpecReader() {}

    /**
     * Reads one annotation.
     *
     * @param settings what holds where it says nothing
     * @param place where it stands, for messages: {@code OrderIT}, {@code field 'redis' of OrderIT}
     * @param ownName the name of the field or parameter it stands on; null elsewhere, or where that is not compiled in
     * @throws InvalidSpecException naming the attribute, the value and the fix
     */
    static ProcessSpec read(ManagedProcess annotation, Settings settings, String place, @Nullable String ownName) {
        return read(annotation, annotation.ready(), settings, place, ownName);
    }

    /**
     * The same.
     *
     * @param ready what is taken for the annotation's own
     */
    static ProcessSpec read(
            ManagedProcess annotation, Ready ready, Settings settings, String place, @Nullable String ownName) {
        String declaration = declaration(annotation.name(), place);
        if (!ready.equals(annotation.ready())) {
            // Half of what it says stands there.
            declaration = declaration.replaceFirst(" on ", " and @WaitForStart on ");
        }
        try {
            ProcessSpec.Builder builder = ProcessSpec.command(annotation.command())
                    .declaration(declaration)
                    .inheritEnvironment(annotation.inheritEnvironment())
                    .portProperty(annotation.portProperty())
                    .stdin(annotation.stdin())
                    .output(OutputPolicy.of(annotation.output()))
                    .searchPath(annotation.searchPath())
                    .runAs(runAs(annotation.runAs()))
                    .dependsOn(annotation.dependsOn())
                    .consoleLog(annotation.consoleLog())
                    .ready(readiness(ready, settings))
                    .stop(stopPolicy(annotation.stop(), settings))
                    .restart(RestartReader.read(annotation.restart()))
                    .expectedExitCodes(annotation.expectedExitCodes())
                    .priority(annotation.priority())
                    .reloadSignal(annotation.reloadSignal());
            if (!annotation.name().isEmpty()) {
                builder.name(annotation.name());
            } else if (ownName != null) {
                builder.name(ownName);
            }
            if (!annotation.directory().isEmpty()) {
                builder.directory(annotation.directory());
            }
            for (String port : annotation.ports()) {
                builder.port(port);
            }
            for (Template template : annotation.files()) {
                builder.file(template.from(), template.to());
            }
            readEnvironment(annotation.env(), builder);
            return builder.build();
        } catch (InvalidSpecException e) {
            throw e.at(declaration);
        }
    }

    /** How messages call an annotation. */
    static String declaration(String name, String place) {
        String attribute = name.isEmpty() ? "" : "(name = \"" + name + "\")";
        return "@ManagedProcess" + attribute + " on " + place;
    }

    private static dev.procession.launch.RunAs runAs(RunAs annotation) {
        // At once, not one after the other: a group is only checked together with its user.
        return new dev.procession.launch.RunAs(
                orNull(annotation.user()), orNull(annotation.group()), orNull(annotation.umask()), annotation.nice());
    }

    private static @Nullable String orNull(String value) {
        return value.isEmpty() ? null : value;
    }

    private static void readEnvironment(String[] variables, ProcessSpec.Builder builder) {
        Set<String> keys = new HashSet<>();
        for (String variable : variables) {
            int equals = variable.indexOf('=');
            if (equals < 1) {
                throw new InvalidSpecException(
                        "env", "holds \"" + variable + "\", which sets nothing", "write \"KEY=value\"");
            }
            String key = variable.substring(0, equals);
            if (!keys.add(key)) {
                throw new InvalidSpecException("env", "sets \"" + key + "\" twice", "remove one of them");
            }
            builder.environment(key, variable.substring(equals + 1));
        }
    }

    /** The conditions, checked each by itself. */
    static Readiness readiness(Ready ready, Settings settings) {
        Readiness readiness = Readiness.DEFAULT.timeout(duration("timeout", ready.timeout(), settings.readyTimeout()));
        for (String tcp : ready.tcp()) {
            readiness = readiness.tcp(tcp);
        }
        for (String http : ready.http()) {
            readiness = readiness.http(http);
        }
        readiness = readiness.status(ready.status());
        if (!ready.log().isEmpty()) {
            readiness = readiness.log(ready.log());
        }
        if (ready.times() != 1) {
            readiness = readiness.times(ready.times());
        }
        if (!ready.failOnLog().isEmpty()) {
            readiness = readiness.failOnLog(ready.failOnLog());
        }
        for (String file : ready.file()) {
            readiness = readiness.file(file);
        }
        for (String socket : ready.unixSocket()) {
            readiness = readiness.unixSocket(socket);
        }
        if (ready.command().length > 0) {
            readiness = readiness.command(ready.command());
        }
        if (ready.exit().length > 0) {
            readiness = readiness.exit(Arrays.stream(ready.exit()).boxed().toArray(Integer[]::new));
        }
        if (!ready.aliveFor().isEmpty()) {
            readiness = readiness.aliveFor(Durations.parse("aliveFor", ready.aliveFor()));
        }
        boolean statusAlone =
                ready.http().length == 0 && !StatusRange.parse(ready.status()).equals(StatusRange.DEFAULT);
        if (statusAlone) {
            throw new InvalidSpecException(
                    "status", "is \"" + ready.status() + "\" without 'http'", "say what is asked");
        }
        return readiness;
    }

    private static Duration duration(String attribute, String text, Duration otherwise) {
        return text.isEmpty() ? otherwise : Durations.parse(attribute, text);
    }

    private static StopPolicy stopPolicy(Stop stop, Settings settings) {
        Duration gracePeriod = duration("gracePeriod", stop.gracePeriod(), settings.gracePeriod());
        return new StopPolicy(stop.signal(), gracePeriod, stop.scope(), stop.retries()).leave(stop.leave());
    }
}
