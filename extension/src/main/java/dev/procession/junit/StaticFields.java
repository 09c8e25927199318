package dev.procession.junit;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * Which class holds which static field. That of a base class is one for all its subclasses: two of them at the same time
 * would see each other's processes. Of a whole test run; thread safe.
 */
final class StaticFields {

    private final Map<Field, Holder> holders = new ConcurrentHashMap<>();

    private record Holder(ScopedProcesses processes, Object value) {}

    /**
     * Takes a field for as long as the processes live.
     *
     * @throws ExtensionConfigurationException if another class holds it, for something else
     */
    void claim(Field field, ScopedProcesses processes, Object value) {
        holders.compute(field, (key, holder) -> {
            if (holder != null
                    && holder.processes() != processes
                    && !holder.processes().isClosed()
                    && !holder.value().equals(value)) {
                throw new ExtensionConfigurationException(Declaration.place(field) + " holds a process of "
                        + holder.processes() + ", which runs at the same" + " time as " + processes
                        + "; take the process as a parameter, or into an instance field");
            }
            return new Holder(processes, value);
        });
    }
}
