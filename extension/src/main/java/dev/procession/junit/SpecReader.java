package dev.procession.junit;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.StatusRange;
import dev.procession.launch.StopPolicy;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Turns annotations into descriptions, checked at once. */
final class SpecReader {

    private SpecReader() {}

    /**
     * Reads one annotation.
     *
     * @param testClass where it stands, for messages
     * @throws InvalidSpecException naming the attribute, the value and the fix
     */
    static ProcessSpec read(ManagedProcess annotation, Class<?> testClass) {
        String declaration = declaration(annotation.name(), testClass);
        try {
            ProcessSpec.Builder builder = ProcessSpec.command(annotation.command())
                    .declaration(declaration)
                    .inheritEnvironment(annotation.inheritEnvironment())
                    .ready(readiness(annotation.ready()))
                    .stop(stopPolicy(annotation.stop()));
            if (!annotation.name().isEmpty()) {
                builder.name(annotation.name());
            }
            if (!annotation.directory().isEmpty()) {
                builder.directory(annotation.directory());
            }
            readEnvironment(annotation.env(), builder);
            return builder.build();
        } catch (InvalidSpecException e) {
            throw e.at(declaration);
        }
    }

    private static String declaration(String name, Class<?> testClass) {
        String attribute = name.isEmpty() ? "" : "(name = \"" + name + "\")";
        return "@ManagedProcess" + attribute + " on " + TestClassName.of(testClass);
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

    private static Readiness readiness(Ready ready) {
        Readiness readiness = Readiness.DEFAULT.timeout(Durations.parse("timeout", ready.timeout()));
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

    private static StopPolicy stopPolicy(Stop stop) {
        Duration gracePeriod = Durations.parse("gracePeriod", stop.gracePeriod());
        return new StopPolicy(stop.signal(), gracePeriod, stop.scope(), stop.retries());
    }
}
