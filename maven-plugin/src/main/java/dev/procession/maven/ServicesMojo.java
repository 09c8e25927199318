package dev.procession.maven;

import dev.procession.process.ProcessionException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.maven.plugin.PluginParameterExpressionEvaluator;
import org.codehaus.plexus.component.configurator.expression.ExpressionEvaluationException;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.jspecify.annotations.Nullable;

/** What the goals around services have in common: the services of a project, and reading them. */
abstract class ServicesMojo extends GoalMojo {

    @Override
    final String skipped() {
        return "Services are skipped";
    }

    /** The services of this build. */
    SessionServices ofSession() {
        return SessionServices.of(session());
    }

    ProjectServices ofProject() {
        Path root = Path.of(session().getExecutionRootDirectory()).toAbsolutePath();
        return ofSession().of(project(), new ProgressLines(getLog(), root));
    }

    /**
     * Reads {@code <services>}.
     *
     * @param consoleLog whether their lines are shown where the pom does not say
     */
    List<Service> read(@Nullable PlexusConfiguration services, boolean consoleLog) {
        Properties ofProject = project().getProperties();
        Set<String> names = new TreeSet<>(session().getUserProperties().stringPropertyNames());
        names.addAll(ofProject.stringPropertyNames());
        Pins pins = new Pins(this::property, names);
        return new ServiceReader(
                        new Expressions(this::evaluate),
                        pins,
                        project().getBasedir().toPath(),
                        project().getArtifactId(),
                        consoleLog)
                .read(services);
    }

    /** In the order in which Maven itself looks for the value of an expression. */
    private @Nullable String property(String name) {
        return Stream.of(
                        session().getUserProperties(),
                        session().getSystemProperties(),
                        project().getProperties())
                .map(properties -> properties.getProperty(name))
                .filter(value -> value != null)
                .findFirst()
                .orElse(null);
    }

    private @Nullable Object evaluate(String expression) {
        try {
            return new PluginParameterExpressionEvaluator(session(), execution()).evaluate(expression);
        } catch (ExpressionEvaluationException e) {
            throw new ProcessionException("Maven cannot evaluate " + expression + ": " + e.getMessage(), e);
        }
    }
}
