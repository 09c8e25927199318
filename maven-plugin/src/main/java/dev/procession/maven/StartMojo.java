package dev.procession.maven;

import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Starts services and waits until they are ready. They live until {@code stop} is run in the same project, and never longer
 * than the build, however that ends. Their ports are then properties of the project:
 * {@code procession.SERVICE.port} the main one, {@code procession.SERVICE.port.NAME} the others. A property of that name
 * that is set before chooses the port.
 *
 * <p>Tests get a port by Failsafe's {@code <systemPropertyVariables>}; when the session began they are told in the system
 * property {@code procession.run.since}, a clock tick, without being asked.
 */
@Mojo(name = "start", defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST, threadSafe = true)
public final class StartMojo extends StartingMojo {

    @Override
    void run() {
        start(false);
    }
}
