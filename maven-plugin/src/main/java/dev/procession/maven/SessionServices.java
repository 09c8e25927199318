package dev.procession.maven;

import dev.procession.process.Epoch;
import dev.procession.supervise.Progress;
import java.io.File;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;
import org.eclipse.aether.SessionData;

/**
 * The services of all projects of one build. It lives in the data of that build's session: several builds in one JVM, and
 * several projects that are built at the same time, have nothing in common. Thread safe.
 */
final class SessionServices {

    /** Tells the tests' JVM at which clock tick the session began: Failsafe hands on what the user has set. */
    static final String SINCE = "procession.run.since";

    private final Map<String, ProjectServices> projects = new LinkedHashMap<>();

    private SessionServices() {}

    /** Those of a build; the first to ask sees to it that they end with it. */
    static SessionServices of(MavenSession session) {
        SessionData data = session.getRepositorySession().getData();
        SessionServices fresh = new SessionServices();
        if (data.set(SessionServices.class, null, fresh)) {
            EndOfBuild.listen(session.getRequest(), fresh);
            // Whoever embeds Maven need not have set it.
            Date start = session.getStartTime() == null ? new Date() : session.getStartTime();
            long since = Epoch.at(start.toInstant()).ticks();
            session.getUserProperties().setProperty(SINCE, Long.toString(since));
            return fresh;
        }
        return (SessionServices) data.get(SessionServices.class);
    }

    /** Those of a project, which may be none yet. */
    synchronized ProjectServices of(MavenProject project, Progress progress) {
        return projects.computeIfAbsent(key(project), key -> ProjectServices.of(project, progress));
    }

    /** Those of a project, if it has some, which are then for whoever asked to stop. */
    synchronized Optional<ProjectServices> take(MavenProject project) {
        return Optional.ofNullable(projects.remove(key(project)));
    }

    /** All of them, which are then for whoever asked to stop. */
    synchronized List<ProjectServices> takeAll() {
        List<ProjectServices> all = new ArrayList<>(projects.values());
        projects.clear();
        return all;
    }

    /** By its pom: a project that is built in a fork of the lifecycle is another object, and a folder can have several. */
    private static String key(MavenProject project) {
        File pom = project.getFile() == null ? project.getBasedir() : project.getFile();
        return pom.toPath().toAbsolutePath().normalize().toString();
    }
}
