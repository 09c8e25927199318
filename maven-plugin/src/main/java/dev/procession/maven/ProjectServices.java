package dev.procession.maven;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.ProcessDiedException;
import dev.procession.process.ProcessionException;
import dev.procession.supervise.ProcessState;
import dev.procession.supervise.Progress;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/** The services of one project, from its first {@code start} to its {@code stop} or its end. Thread safe. */
final class ProjectServices {

    private final Supervisor supervisor;
    private final Exports exports;

    private ProjectServices(Supervisor supervisor, Properties properties) {
        this.supervisor = supervisor;
        this.exports = new Exports(properties);
    }

    static ProjectServices of(MavenProject project, Progress progress) {
        Path basedir = project.getBasedir().toPath();
        return new ProjectServices(
                Supervisor.builder()
                        .base(basedir)
                        .folder(Path.of(project.getBuild().getDirectory(), "procession"))
                        .progress(progress)
                        .build(),
                project.getProperties());
    }

    /**
     * Starts services, and exports their ports when all are ready.
     *
     * @param file is written, too; null for none
     */
    synchronized List<SupervisedProcess> start(List<Service> services, @Nullable Path file) {
        List<ProcessSpec> specs = services.stream().map(Service::spec).toList();
        exports.removeStale(file);
        List<SupervisedProcess> started = supervisor.startAll(specs);
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < started.size(); i++) {
            all.putAll(Exports.of(services.get(i), started.get(i)));
        }
        exports.add(all, file);
        return started;
    }

    /** What has died although nobody asked it to, each with its message. */
    List<String> deaths() {
        List<String> deaths = new ArrayList<>();
        for (SupervisedProcess process : supervisor.processes()) {
            Optional<ProcessDiedException> death = process.unexpectedDeath();
            boolean givenUp = process.state() == ProcessState.FATAL;
            death.map(exception -> String.valueOf(exception.getMessage()))
                    .ifPresent(message -> deaths.add(givenUp ? message : inABuild(message)));
        }
        return deaths;
    }

    /** The remedy is for tests, which can ask for a death. */
    private static String inABuild(String message) {
        int remedy = message.lastIndexOf("\n  try ");
        return message.substring(0, remedy < 0 ? message.length() : remedy)
                + "\n  try         find out what ended it; a service has to live until 'stop'";
    }

    /**
     * Ends them all. What died before is told when nothing is left. Idempotent.
     *
     * @throws ProcessionException if something died, or survived even KILL
     */
    synchronized void stop() {
        List<String> deaths = deaths();
        try {
            supervisor.close();
        } finally {
            exports.takeBack();
        }
        if (!deaths.isEmpty()) {
            throw new ProcessionException(String.join("\n", deaths));
        }
    }
}
