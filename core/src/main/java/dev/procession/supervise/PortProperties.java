package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The system properties that hold ports. They belong to the whole JVM, so one that is held is refused to others. Thread
 * safe.
 */
final class PortProperties {

    /** Which declaration holds a property; per class loader, which is as far as we can be asked. */
    private static final Map<String, String> HOLDERS = new ConcurrentHashMap<>();

    private PortProperties() {}

    /**
     * Sets the property of a process, if it has one.
     *
     * @return gives it back, as it was before
     * @throws InvalidSpecException if another process holds it
     */
    static Runnable hold(ProcessSpec spec, int port) {
        String property = spec.portProperty();
        String holder = HOLDERS.putIfAbsent(property, spec.declaration());
        if (holder != null) {
            throw new InvalidSpecException(
                    "portProperty",
                    "is \"" + property + "\", which is held by " + holder + " at the moment",
                    "give them different names, or inject the port instead");
        }
        @Nullable String before = System.getProperty(property);
        System.setProperty(property, Integer.toString(port));
        return () -> {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
            HOLDERS.remove(property);
        };
    }
}
