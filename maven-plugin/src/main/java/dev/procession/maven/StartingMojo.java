package dev.procession.maven;

import dev.procession.os.backend.Backend;
import dev.procession.supervise.Supervisor;
import java.io.File;
import java.util.List;
import org.apache.maven.plugins.annotations.Parameter;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.jspecify.annotations.Nullable;

/** What the goals that start services have in common. */
abstract class StartingMojo extends ServicesMojo {

    /**
     * What is started, each in a {@code <service>}. Independent ones are started at the same time.
     *
     * <p>{@code <name>} of messages, the folder and the properties; default the program's base name.
     *
     * <p>{@code <command>} program and arguments in one line, split like a shell does, without a shell: put quotes around
     * what may hold a space, such as {@code "${project.basedir}/server"}; or {@code <arguments>} with an {@code <argument>}
     * each.
     *
     * <p>{@code <ready>} when it is ready: {@code <tcp>}, {@code <http>} and {@code <status>}, {@code <log>} and
     * {@code <times>}, {@code <failOnLog>}, {@code <file>}, {@code <unixSocket>}, {@code <command>} or
     * {@code <arguments>}, {@code <exit>} of a one-shot, {@code <aliveFor>}, {@code <timeout>} (60s). Default: it listens on
     * each port that it was given; without one it has lived for a second.
     *
     * <p>{@code <ports>} with a {@code <port>} for each further one: {@code http} is chosen, {@code http=8081} fixed.
     * {@code <portProperty>}: one more property that holds the main port.
     *
     * <p>{@code <environment>} with an element for each variable; {@code <inheritEnvironment>} (true);
     * {@code <directory>} of your own instead of a fresh one; {@code <files>} with {@code <file><from><to>}: templates that
     * are written before the start; {@code <stdin>}; {@code <output>PIPE</output>} for what opens {@code /dev/stdout} or
     * {@code /dev/stderr} itself, which would empty its log; {@code <searchPath>} with a {@code <folder>} each, after the PATH.
     *
     * <p>{@code <dependsOn>} with the name of a {@code <service>} each, to be ready before it is started.
     *
     * <p>{@code <stop>}: {@code <signal>} (TERM), {@code <gracePeriod>} (10s), {@code <scope>} (TREE), {@code <retries>}
     * (0).
     *
     * <p>{@code <restart>}: whether it is started again when it has ended. One of {@code NEVER} (default: a death fails the
     * build at {@code stop}), {@code UNEXPECTED} (unless the code is one of {@code <expectedExitCodes>}, {@code 0}),
     * {@code ON_FAILURE}, {@code ALWAYS}, {@code UNTIL_EXIT}, {@code ON_LISTED_EXIT}; or {@code <mode>} with it,
     * {@code <exitCodes>} of the last two, {@code <startSeconds>} that it must live to be running, {@code <startRetries>}
     * (3; -1 without a limit) until it is given up, which fails the build, and {@code <backoff>}: {@code LINEAR} (1s, 2s,
     * 3s), {@code EXPONENTIAL} (1s, 2s, 4s), {@code DOUBLE_PLUS_ONE} (1s, 3s, 7s), {@code RANDOM} (up to 5s) or
     * {@code FIXED} (500ms); or {@code <kind>} with it, {@code <shortest>}, {@code <longest>}, {@code <threshold>}.
     *
     * <p>{@code <priority>} (999): the lower, the earlier started and the later stopped.
     *
     * <p>{@code <runAs>}: {@code <user>}, {@code <group>}, {@code <umask>}, {@code <nice>}. {@code <consoleLog>} (false;
     * true in {@code run}): its lines in the output of the build, as {@code [name] line}.
     *
     * <p>Placeholders are written with an at sign: <code>&#64;{port}</code>, <code>&#64;{port:NAME}</code>,
     * <code>&#64;{process:NAME:port}</code>, <code>&#64;{process:NAME:directory}</code>, <code>&#64;{directory}</code>,
     * <code>&#64;{java}</code>, <code>&#64;{env:X}</code>, <code>&#64;{sys:X}</code>. Maven's own expressions work as usual.
     */
    @Parameter
    private @Nullable PlexusConfiguration services;

    /** Is written when all are ready, with the properties that the project gets, and deleted when they are stopped. */
    @Parameter(property = "procession.propertiesFile")
    private @Nullable File propertiesFile;

    @Override
    void prepare() {
        Supervisor.warmUp();
    }

    @Override
    void awaitPrepared() {
        try {
            Backend.current();
        } catch (RuntimeException e) {
            // The failure that is told of came first.
        }
    }

    boolean hasServices() {
        return services != null && services.getChildCount() > 0;
    }

    /**
     * Starts them all, and waits until they are ready.
     *
     * @param consoleLog whether their lines are shown where the pom does not say
     */
    ProjectServices start(boolean consoleLog) {
        // Read while the native code is still being loaded, for which whoever supervises has to wait.
        List<Service> read = read(services, consoleLog);
        ProjectServices ofProject = ofProject();
        ofProject.start(read, propertiesFile == null ? null : propertiesFile.toPath());
        return ofProject;
    }
}
