package dev.procession.maven;

import dev.procession.process.ProcessionException;
import java.util.concurrent.TimeUnit;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Runs the services of a project in the foreground, and shows what they write as {@code [name] line}. Ends them on Ctrl-C,
 * on Enter, and at the end of the input where that is a terminal or a pipe. Fails as soon as one of them dies. They have to
 * be in the {@code <configuration>} of the plugin: {@code mvn procession:run} does not know those of an execution.
 */
@Mojo(name = "run", threadSafe = true)
public final class RunMojo extends StartingMojo {

    private static final long PAUSE_MILLIS = 100;

    @Override
    void run() {
        if (!hasServices() && session().getProjects().size() > 1) {
            getLog().info("There are no services in this module");
            return;
        }
        ProjectServices services = start(true);
        try {
            EnterKey enter = EnterKey.listen();
            getLog().info("Running; " + enter.advice());
            while (services.deaths().isEmpty() && !enter.awaitPressed(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                // Both are looked at again.
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProcessionException("The build was interrupted; its services are stopped", e);
        } finally {
            ofSession().take(project()).ifPresent(ProjectServices::stop);
        }
    }
}
