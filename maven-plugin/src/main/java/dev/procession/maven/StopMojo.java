package dev.procession.maven;

import java.util.Optional;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Stops all services that {@code start} has started in this project, with everything they have started; those that depend
 * on others first. Fails the build if one of them died before. Without any it does nothing.
 */
@Mojo(name = "stop", defaultPhase = LifecyclePhase.POST_INTEGRATION_TEST, threadSafe = true)
public final class StopMojo extends ServicesMojo {

    @Override
    void run() {
        Optional<ProjectServices> services = ofSession().take(project());
        services.ifPresentOrElse(ProjectServices::stop, () -> getLog().info("No services to stop"));
    }
}
