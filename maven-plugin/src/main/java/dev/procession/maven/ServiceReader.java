package dev.procession.maven;

import dev.procession.launch.OutputPolicy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.RunAs;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.jspecify.annotations.Nullable;

/** Turns {@code <services>} into descriptions, checked at once, in the words of the annotations. */
final class ServiceReader {

    private final Expressions expressions;
    private final Pins pins;
    private final Path basedir;
    private final String project;
    private final boolean consoleLog;

    /**
     * @param project what messages call it
     * @param consoleLog what holds where a service does not say
     */
    ServiceReader(Expressions expressions, Pins pins, Path basedir, String project, boolean consoleLog) {
        this.expressions = expressions;
        this.pins = pins;
        this.basedir = basedir;
        this.project = project;
        this.consoleLog = consoleLog;
    }

    /**
     * Reads them all.
     *
     * @throws InvalidSpecException naming the element, its value and the fix
     */
    List<Service> read(@Nullable PlexusConfiguration services) {
        if (services == null || services.getChildCount() == 0) {
            throw new InvalidSpecException(
                            "<services>",
                            services == null ? "is missing" : "is empty",
                            "add a <service> with a <command> to the <configuration> of the plugin; an execution's is"
                                    + " not seen from the command line")
                    .at(project);
        }
        List<Service> read = new ArrayList<>();
        for (Element service : new Element(services, "<services>", expressions).children()) {
            try {
                service.requireName("service");
            } catch (InvalidSpecException e) {
                throw e.at(project);
            }
            int number = read.size() + 1;
            PlexusConfiguration xml = services.getChild(number - 1);
            Service next = read(new Element(xml, "", expressions), number);
            requireOwnProperty(next, read);
            read.add(next);
        }
        return read;
    }

    private static void requireOwnProperty(Service service, List<Service> others) {
        for (Service other : others) {
            if (!service.portProperty().isEmpty() && service.portProperty().equals(other.portProperty())) {
                throw new InvalidSpecException(
                                "<portProperty>",
                                "is \"" + service.portProperty() + "\", as that of '"
                                        + other.spec().name() + "' is",
                                "give each its own")
                        .at(service.spec().declaration());
            }
        }
    }

    private Service read(Element service, int number) {
        String called = "<service> " + number + " of " + project;
        try {
            service.knows(
                    "name",
                    "command",
                    "arguments",
                    "ready",
                    "ports",
                    "portProperty",
                    "environment",
                    "inheritEnvironment",
                    "directory",
                    "files",
                    "dependsOn",
                    "stop",
                    "restart",
                    "expectedExitCodes",
                    "priority",
                    "runAs",
                    "searchPath",
                    "stdin",
                    "output",
                    "consoleLog");
            Optional<String> name = service.text("name");
            called = name.map(text -> "<service> '" + text + "' of " + project).orElse(called);
            List<String> command = command(service);
            ProcessSpec.Builder builder = ProcessSpec.command(command.toArray(String[]::new))
                    .declaration(called)
                    .searchPath(texts(service, "searchPath", "folder"))
                    .dependsOn(texts(service, "dependsOn", "service"))
                    .runAs(service.child("runAs").map(ServiceReader::runAs).orElse(RunAs.UNCHANGED))
                    .ready(service.child("ready").map(ServiceReader::ready).orElse(Readiness.DEFAULT))
                    .stop(service.child("stop").map(ServiceReader::stop).orElse(StopPolicy.DEFAULT))
                    .restart(service.child("restart").map(RestartReader::read).orElse(RestartPolicy.NEVER));
            if (service.child("expectedExitCodes").isPresent()) {
                builder.expectedExitCodes(service.codes("expectedExitCodes"));
            }
            service.number("priority").ifPresent(builder::priority);
            name.ifPresent(builder::name);
            service.text("directory").ifPresent(builder::directory);
            service.child("stdin").map(Element::text).ifPresent(builder::stdin);
            service.text("output").map(OutputPolicy::of).ifPresent(builder::output);
            builder.consoleLog(service.flag("consoleLog").orElse(consoleLog));
            service.flag("inheritEnvironment").ifPresent(builder::inheritEnvironment);
            service.child("environment").ifPresent(variables -> variables.map().forEach(builder::environment));
            for (Element file : service.child("files").map(Element::children).orElse(List.of())) {
                addFile(file, builder);
            }
            String portProperty = service.text("portProperty").orElse("");
            String program = command.get(0);
            pins.declarations(
                            name.orElse(program.substring(program.lastIndexOf('/') + 1)),
                            service.texts("ports", "port"),
                            portProperty)
                    .forEach(builder::port);
            ProcessSpec spec = builder.build();
            requirePort(spec, portProperty);
            return new Service(spec, portProperty);
        } catch (InvalidSpecException e) {
            throw e.at(called);
        }
    }

    private static void requirePort(ProcessSpec spec, String portProperty) {
        if (!portProperty.isEmpty() && !spec.hasPort()) {
            throw new InvalidSpecException(
                    "portProperty",
                    "is \"" + portProperty + "\", but the service has no main port",
                    "put @{port} into its <command> or <environment>");
        }
    }

    private static String[] texts(Element parent, String name, String each) {
        return parent.texts(name, each).toArray(String[]::new);
    }

    /** In one line or in several elements, never both. */
    private static List<String> command(Element parent) {
        Optional<String> line = parent.text("command");
        Optional<Element> arguments = parent.child("arguments");
        if (line.isPresent() == arguments.isPresent()) {
            throw new InvalidSpecException(
                    parent.path() + "<command>",
                    line.isPresent() ? "stands beside <arguments>" : "is missing",
                    line.isPresent()
                            ? "keep one of them"
                            : "give the program and its arguments in one line, or each as <argument> in <arguments>");
        }
        List<String> command = new ArrayList<>();
        if (line.isPresent()) {
            command.addAll(CommandLine.split(parent.path() + "<command>", line.get()));
        } else {
            for (Element argument : arguments.get().children()) {
                argument.requireName("argument");
                command.add(argument.text());
            }
            if (command.isEmpty() || command.get(0).isEmpty()) {
                throw new InvalidSpecException(
                        parent.path() + "<arguments>",
                        command.isEmpty() ? "is empty" : "starts with an empty one",
                        "give the program and its arguments, each as <argument>");
            }
        }
        if (command.stream().anyMatch(argument -> argument.contains("@{classpath}"))) {
            throw new InvalidSpecException(
                    parent.path() + (line.isPresent() ? "<command>" : "<arguments>"),
                    "has @{classpath}, which would be that of Maven itself",
                    "run a jar with @{java} -jar, or let dependency:build-classpath set a property");
        }
        return command;
    }

    private void addFile(Element file, ProcessSpec.Builder builder) {
        file.requireName("file");
        file.knows("from", "to");
        String from = file.text("from").orElseThrow(() -> missing(file, "<from>", "say which file is the template"));
        String to = file.text("to").orElseThrow(() -> missing(file, "<to>", "say where it is written"));
        if (from.startsWith("classpath:")) {
            throw new InvalidSpecException(
                    file.path() + "<from>",
                    "is \"" + from + "\", but a build has no class path of its own",
                    "give a path from ${project.basedir}");
        }
        try {
            Path template = basedir.resolve(from);
            if (!Files.isRegularFile(template)) {
                throw new InvalidSpecException(
                        file.path() + "<from>",
                        "is \"" + from + "\", and there is no file " + template,
                        "give a path from ${project.basedir}");
            }
            builder.file(template.toString(), to);
        } catch (InvalidPathException e) {
            throw new InvalidSpecException(
                    file.path() + "<from>",
                    "is \"" + from + "\", which is no path here: " + e.getReason(),
                    "correct it");
        }
    }

    private static InvalidSpecException missing(Element parent, String element, String fix) {
        return new InvalidSpecException(parent.path() + element, "is missing", fix);
    }

    private static RunAs runAs(Element runAs) {
        runAs.knows("user", "group", "umask", "nice");
        // At once, not one after the other: a group is only checked together with its user.
        return new RunAs(
                runAs.text("user").orElse(null),
                runAs.text("group").orElse(null),
                runAs.text("umask").orElse(null),
                runAs.number("nice").orElse(0));
    }

    private static StopPolicy stop(Element stop) {
        stop.knows("signal", "gracePeriod", "scope", "retries", "leave");
        StopPolicy policy = StopPolicy.DEFAULT;
        Optional<String> signal = stop.text("signal");
        if (signal.isPresent()) {
            policy = policy.signal(signal(signal.get()));
        }
        Optional<String> gracePeriod = stop.text("gracePeriod");
        if (gracePeriod.isPresent()) {
            policy = policy.gracePeriod(Durations.parse("gracePeriod", gracePeriod.get()));
        }
        Optional<String> scope = stop.text("scope");
        if (scope.isPresent()) {
            policy = policy.scope(Choice.of("scope", scope.get(), StopScope.class));
        }
        return policy.retries(stop.number("retries").orElse(0)).leave(texts(stop, "leave", "name"));
    }

    private static Signal signal(String text) {
        try {
            return Signal.parse(text);
        } catch (IllegalArgumentException e) {
            throw Choice.none("signal", text, Signal.values());
        }
    }

    private static Readiness ready(Element ready) {
        ready.knows(
                "tcp",
                "http",
                "status",
                "log",
                "times",
                "failOnLog",
                "file",
                "unixSocket",
                "command",
                "arguments",
                "exit",
                "aliveFor",
                "timeout");
        Readiness readiness = Readiness.DEFAULT;
        for (String tcp : ready.texts("tcp", "endpoint")) {
            readiness = readiness.tcp(tcp);
        }
        for (String http : ready.texts("http", "url")) {
            readiness = readiness.http(http);
        }
        for (String file : ready.texts("file", "path")) {
            readiness = readiness.file(file);
        }
        for (String socket : ready.texts("unixSocket", "path")) {
            readiness = readiness.unixSocket(socket);
        }
        if (ready.child("command").isPresent() || ready.child("arguments").isPresent()) {
            readiness = readiness.command(command(ready).toArray(String[]::new));
        }
        int[] codes = ready.codes("exit");
        if (codes.length > 0) {
            readiness = readiness.exit(Arrays.stream(codes).boxed().toArray(Integer[]::new));
        }
        return conditions(ready, readiness);
    }

    private static Readiness conditions(Element ready, Readiness before) {
        Readiness readiness = before;
        Optional<String> log = ready.text("log");
        if (log.isPresent()) {
            readiness = readiness.log(log.get());
        }
        Optional<Integer> times = ready.number("times");
        if (times.isPresent()) {
            readiness = readiness.times(times.get());
        }
        Optional<String> failOnLog = ready.text("failOnLog");
        if (failOnLog.isPresent()) {
            readiness = readiness.failOnLog(failOnLog.get());
        }
        Optional<String> status = ready.text("status");
        if (status.isPresent()) {
            readiness = readiness.status(status.get());
            if (readiness.http().isEmpty()) {
                throw new InvalidSpecException(
                        "status", "is \"" + status.get() + "\" without <http>", "say what is asked");
            }
        }
        Optional<String> aliveFor = ready.text("aliveFor");
        if (aliveFor.isPresent()) {
            readiness = readiness.aliveFor(Durations.parse("aliveFor", aliveFor.get()));
        }
        Optional<String> timeout = ready.text("timeout");
        if (timeout.isPresent()) {
            readiness = readiness.timeout(Durations.parse("timeout", timeout.get()));
        }
        return readiness;
    }
}
