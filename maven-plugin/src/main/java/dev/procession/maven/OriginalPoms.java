package dev.procession.maven;

import dev.procession.process.InvalidSpecException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.model.BuildBase;
import org.apache.maven.model.ConfigurationContainer;
import org.apache.maven.model.Model;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.Profile;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.util.xml.Xpp3Dom;

/**
 * The poms as they are written. When a plugin sees its configuration, Maven has replaced <code>$&#123;port&#125;</code>
 * already if there is such a property, as with {@code -Dport}: only here can that still be refused.
 */
final class OriginalPoms {

    private OriginalPoms() {}

    /**
     * Looks through the configuration of a plugin in a project and its parents.
     *
     * @throws InvalidSpecException if one of our placeholders stands there in Maven's form, naming element and pom
     */
    static void refuseOurs(MavenProject project, Plugin plugin) {
        for (MavenProject pom = project; pom != null; pom = pom.getParent()) {
            Model original = pom.getOriginalModel();
            if (original != null) {
                Set<String> profiles = pom.getInjectedProfileIds().values().stream()
                        .flatMap(Collection::stream)
                        .collect(Collectors.toSet());
                builds(original, profiles)
                        .flatMap(OriginalPoms::plugins)
                        .filter(other -> other.getKey().equals(plugin.getKey()))
                        .forEach(other -> refuseOurs(other, "pom.xml of " + original.getArtifactId()));
            }
        }
    }

    private static Stream<BuildBase> builds(Model model, Set<String> profiles) {
        Stream<BuildBase> ofProfiles = model.getProfiles().stream()
                .filter(profile -> profiles.contains(profile.getId()))
                .map(Profile::getBuild);
        return Stream.concat(Stream.of(model.getBuild()), ofProfiles).filter(build -> build != null);
    }

    private static Stream<Plugin> plugins(BuildBase build) {
        List<Plugin> plugins = new ArrayList<>(build.getPlugins());
        if (build.getPluginManagement() != null) {
            plugins.addAll(build.getPluginManagement().getPlugins());
        }
        return plugins.stream();
    }

    private static void refuseOurs(Plugin plugin, String pom) {
        Stream.concat(Stream.of(plugin), plugin.getExecutions().stream())
                .map(ConfigurationContainer::getConfiguration)
                .filter(Xpp3Dom.class::isInstance)
                .forEach(configuration -> refuseOurs((Xpp3Dom) configuration, "", pom));
    }

    private static void refuseOurs(Xpp3Dom element, String path, String pom) {
        try {
            Expressions.refuseOurs(path, element.getValue() == null ? "" : element.getValue());
        } catch (InvalidSpecException e) {
            throw e.at(pom);
        }
        for (Xpp3Dom child : element.getChildren()) {
            Xpp3Dom name = child.getName().equals("service") ? child.getChild("name") : null;
            refuseOurs(
                    child,
                    path + "<" + child.getName() + (name == null ? "" : " '" + name.getValue() + "'") + ">",
                    pom);
        }
    }
}
