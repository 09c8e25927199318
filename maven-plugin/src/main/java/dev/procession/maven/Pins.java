package dev.procession.maven;

import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The ports that properties pin: whoever sets the property that a port is exported as has chosen it. */
final class Pins {

    static final String MAIN = "port";

    private final Function<String, @Nullable String> properties;
    private final Set<String> names;

    /**
     * @param properties the value of a property; those of the command line come first
     * @param names those of all properties that are set in the project or on the command line
     */
    Pins(Function<String, @Nullable String> properties, Set<String> names) {
        this.properties = properties;
        this.names = names;
    }

    /** The property as which a port is exported. */
    static String property(String service, String port) {
        return "procession." + service + ".port" + (port.equals(MAIN) ? "" : "." + port);
    }

    /**
     * The declarations of a service's ports, with what properties say in the place of what the pom does.
     *
     * @param declared as in {@code <ports>}
     * @param portProperty another property of the main port; empty for none
     * @throws InvalidSpecException for a property that is no port, or is one that the service does not have
     */
    List<String> declarations(String service, List<String> declared, String portProperty) {
        Map<String, String> ports = new LinkedHashMap<>();
        List<String> unchanged = new ArrayList<>();
        for (String declaration : declared) {
            String name = declaration.contains("=") ? declaration.substring(0, declaration.indexOf('=')) : declaration;
            if (ports.put(name, declaration) != null) {
                // Not ours to complain of.
                unchanged.add(declaration);
            }
        }
        requireDeclared(service, ports.keySet());
        for (String name : List.copyOf(ports.keySet())) {
            pin(ports, name, property(service, name));
        }
        pin(ports, MAIN, property(service, MAIN));
        if (!portProperty.isEmpty()) {
            if (!portProperty.matches("[A-Za-z0-9._-]+")) {
                throw new InvalidSpecException(
                        "portProperty",
                        "is \"" + portProperty + "\"",
                        "a property's name consists of A-Z a-z 0-9 . _ -");
            }
            String before = properties.apply(property(service, MAIN));
            String value = properties.apply(portProperty);
            if (before != null && value != null && !before.strip().equals(value.strip())) {
                throw new InvalidSpecException(
                        "property " + portProperty,
                        "is \"" + value + "\", but " + property(service, MAIN) + " is \"" + before + "\"",
                        "set one of them");
            }
            pin(ports, MAIN, portProperty);
        }
        unchanged.addAll(0, ports.values());
        return unchanged;
    }

    private void requireDeclared(String service, Set<String> ports) {
        String prefix = property(service, MAIN) + ".";
        for (String name : names) {
            if (name.startsWith(prefix) && !ports.contains(name.substring(prefix.length()))) {
                String near = Suggestion.nearest(name.substring(prefix.length()), ports)
                        .map(port -> "did you mean " + prefix + port + "? ")
                        .orElse("");
                throw new InvalidSpecException(
                        "property " + name,
                        "is set, but no such port is in <ports>",
                        near + "declare it, or remove it");
            }
        }
    }

    private void pin(Map<String, String> ports, String name, String property) {
        String value = properties.apply(property);
        if (value != null) {
            String number = value.strip();
            int port = number.matches("\\d{1,5}") ? Integer.parseInt(number) : 0;
            if (port < 1 || port > 65535) {
                throw new InvalidSpecException(
                        "property " + property,
                        "is \"" + value + "\", which is no port",
                        "give a number from 1 to 65535, or remove it to have a free one");
            }
            ports.put(name, name + "=" + port);
        }
    }
}
