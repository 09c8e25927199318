package dev.procession.maven;

import dev.procession.launch.Suggestion;
import dev.procession.process.BaseDirectory;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessionException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.ConfigurationContainer;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;

/** What all goals have in common: skipping, refusing what nobody knows, and how they fail. */
abstract class GoalMojo extends AbstractMojo {

    /** Does nothing; for example {@code ${skipITs}}, so that nothing is started where no integration test is run. */
    @org.apache.maven.plugins.annotations.Parameter(property = "procession.skip", defaultValue = "false")
    private String skip = "false";

    @org.apache.maven.plugins.annotations.Parameter(defaultValue = "${project}", readonly = true, required = true)
    private @Nullable MavenProject project;

    @org.apache.maven.plugins.annotations.Parameter(defaultValue = "${session}", readonly = true, required = true)
    private @Nullable MavenSession session;

    @org.apache.maven.plugins.annotations.Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
    private @Nullable MojoExecution execution;

    /** Begins with what takes a while, in the background. */
    void prepare() {}

    /** Waits for that, when nothing comes of it: Maven takes the classes away from whoever still needs them. */
    void awaitPrepared() {}

    /** Does what the goal is for. */
    abstract void run() throws MojoFailureException;

    /** What is said in place of that. */
    abstract String skipped();

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skips()) {
            getLog().info(skipped());
            return;
        }
        prepare();
        boolean complete = false;
        try {
            // Also what Maven tells of the project are paths from there.
            BaseDirectory.ofJvm();
            refuseUnknownParameters();
            OriginalPoms.refuseOurs(project(), execution().getPlugin());
            run();
            complete = true;
        } catch (InvalidSpecException e) {
            throw worded(e);
        } catch (ProcessionException e) {
            throw new MojoFailureException(message(e), e);
        } finally {
            if (!complete) {
                awaitPrepared();
            }
        }
    }

    /** As Maven reads it, everything but true is no: what does not say so is refused. */
    private boolean skips() throws MojoExecutionException {
        try {
            // Nobody has set the property that it refers to.
            return !skip.startsWith("${") && ProcessesMojo.flag("<skip> (procession.skip)", skip.strip());
        } catch (InvalidSpecException e) {
            throw worded(e);
        }
    }

    /** Not as its cause: Maven would say it a second time, in the words of the annotations. */
    private static MojoExecutionException worded(InvalidSpecException error) {
        MojoExecutionException worded = new MojoExecutionException(PomWords.message(error));
        worded.addSuppressed(error);
        return worded;
    }

    /** All that failed together are told of. */
    private static String message(ProcessionException failure) {
        return Stream.concat(Stream.of(failure), Stream.of(failure.getSuppressed()))
                .map(Throwable::getMessage)
                .collect(Collectors.joining("\n"));
    }

    MavenProject project() {
        return required(project);
    }

    MavenSession session() {
        return required(session);
    }

    MojoExecution execution() {
        return required(execution);
    }

    private static <T> T required(@Nullable T parameter) {
        if (parameter == null) {
            throw new IllegalStateException("Expected to be run by Maven");
        }
        return parameter;
    }

    /** Maven passes over what no goal of the plugin knows. */
    private void refuseUnknownParameters() {
        MojoDescriptor goal = execution().getMojoDescriptor();
        Set<String> ofAll = goal.getPluginDescriptor().getMojos().stream()
                .filter(other -> !other.getGoal().equals("help"))
                .flatMap(GoalMojo::parameters)
                .collect(Collectors.toCollection(TreeSet::new));
        Plugin plugin = execution().getPlugin();
        Set<String> common = elements(plugin);
        refuseUnknown(common, ofAll, goal);
        PluginExecution own = plugin.getExecutionsAsMap().get(execution().getExecutionId());
        if (own != null) {
            // Those of the plugin stand here, too, and may be meant for other goals than those of this execution.
            Set<String> known = new TreeSet<>(common);
            goal.getPluginDescriptor().getMojos().stream()
                    .filter(other -> own.getGoals().contains(other.getGoal()))
                    .flatMap(GoalMojo::parameters)
                    .forEach(known::add);
            refuseUnknown(elements(own), known, goal);
        }
    }

    /** Whether the pom or the command line has something of that name for this execution, be it empty. */
    final boolean isConfigured(String name) {
        Plugin plugin = execution().getPlugin();
        PluginExecution own = plugin.getExecutionsAsMap().get(execution().getExecutionId());
        return session().getUserProperties().containsKey("procession." + name)
                || elements(plugin).contains(name)
                || (own != null && elements(own).contains(name));
    }

    private static Set<String> elements(ConfigurationContainer container) {
        return container.getConfiguration() instanceof Xpp3Dom configuration
                ? Stream.of(configuration.getChildren())
                        .map(Xpp3Dom::getName)
                        .collect(Collectors.toCollection(LinkedHashSet::new))
                : Set.of();
    }

    /** The names of what users can set. */
    static Stream<String> parameters(MojoDescriptor goal) {
        return goal.getParameters().stream().filter(Parameter::isEditable).map(Parameter::getName);
    }

    private void refuseUnknown(Set<String> elements, Set<String> known, MojoDescriptor goal) {
        elements.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            String near = Suggestion.nearest(name, known)
                    .map(other -> "did you mean <" + other + ">? ")
                    .orElse("");
            throw new InvalidSpecException(
                            "<" + name + ">",
                            "is not known here",
                            near + goal.getGoal() + " knows "
                                    + parameters(goal)
                                            .sorted()
                                            .map(other -> "<" + other + ">")
                                            .collect(Collectors.joining(" ")))
                    .at("<configuration> of " + project().getArtifactId());
        });
    }
}
