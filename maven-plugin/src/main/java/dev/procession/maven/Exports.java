package dev.procession.maven;

import dev.procession.os.OwnFile;
import dev.procession.process.ProcessionException;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ports as properties of a project, where other plugins find them, and in a file. Taken back at the end: a port that is
 * nobody's any more must not pin that of the next start. For one thread at a time.
 */
final class Exports {

    private final Properties properties;
    private final Map<String, @Nullable String> before = new LinkedHashMap<>();
    private final Set<Path> files = new LinkedHashSet<>();

    Exports(Properties properties) {
        this.properties = properties;
    }

    /** What a service exports. */
    static Map<String, String> of(Service service, SupervisedProcess process) {
        Map<String, String> exports = new LinkedHashMap<>();
        process.ports().forEach((name, port) -> {
            exports.put(Pins.property(process.name(), name), port.toString());
            if (name.equals(Pins.MAIN) && !service.portProperty().isEmpty()) {
                exports.put(service.portProperty(), port.toString());
            }
        });
        return exports;
    }

    /** Removes what a build has left there that was killed: its ports are nobody's, or somebody else's. */
    void removeStale(@Nullable Path target) {
        if (target != null && !files.contains(target) && Files.isRegularFile(target)) {
            remove(target);
        }
    }

    /**
     * @param target is written, with all that was exported until now; null for none
     * @throws ProcessionException if it cannot be
     */
    void add(Map<String, String> exports, @Nullable Path target) {
        exports.forEach((name, value) -> {
            if (!before.containsKey(name)) {
                before.put(name, properties.getProperty(name));
            }
            properties.setProperty(name, value);
        });
        if (target != null) {
            try {
                Files.createDirectories(target.toAbsolutePath().getParent());
                String text = before.keySet().stream()
                        .map(name -> name + "=" + properties.getProperty(name) + "\n")
                        .collect(Collectors.joining());
                OwnFile.replace(target, text.getBytes(StandardCharsets.UTF_8));
                files.add(target);
            } catch (IOException e) {
                throw new ProcessionException(
                        "<propertiesFile> is \"" + target + "\", which cannot be written: " + e + "; give another path",
                        e);
            }
        }
    }

    void takeBack() {
        before.forEach((name, value) -> {
            if (value == null) {
                properties.remove(name);
            } else {
                properties.setProperty(name, value);
            }
        });
        before.clear();
        files.forEach(Exports::remove);
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new ProcessionException(file + " cannot be removed: " + e + "; remove it", e);
        }
    }
}
