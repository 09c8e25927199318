package dev.procession.junit;

import dev.procession.launch.ProcessLog;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Suggestion;
import dev.procession.supervise.RecordedEvents;
import dev.procession.supervise.SupervisedProcess;
import dev.procession.supervise.Supervisor;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * One place that wants something of a process: a parameter or a field.
 *
 * @param type its type
 * @param name its own name, or null where it is not compiled in
 * @param managed its annotation, or null
 * @param port its annotation, or null
 * @param declared the name of the process that is declared there itself, or null
 * @param place how messages call it: {@code parameter 'cache' of CacheIT.answers}
 */
record Injection(
        Class<?> type,
        @Nullable String name,
        @Nullable Managed managed,
        @Nullable Port port,
        @Nullable String declared,
        String place) {

    static Injection of(
            AnnotatedElement element, Class<?> type, @Nullable String name, @Nullable String declared, String place) {
        return new Injection(
                type,
                name,
                AnnotationSupport.findAnnotation(element, Managed.class).orElse(null),
                AnnotationSupport.findAnnotation(element, Port.class).orElse(null),
                declared,
                place);
    }

    /** Whether it is for us: by its type, or because it says so. */
    boolean isOurs() {
        return isProcessOrLog() || isOfScope() || managed != null || port != null || declared != null;
    }

    /** Whether it wants no single process, but what all of a class or test have in common. */
    boolean isOfScope() {
        return type == Supervisor.class || type == RecordedEvents.class;
    }

    /**
     * What to inject if it {@link #isOfScope}: that of the innermost scope that has processes.
     *
     * @return empty if nothing is visible there
     */
    Optional<Object> valueOf(ScopedProcesses scope) {
        return type == Supervisor.class
                ? scope.owner().map(supervisor -> supervisor)
                : scope.events().map(events -> events);
    }

    /** Nothing is visible from there. */
    ExtensionConfigurationException nothingVisible() {
        return new ExtensionConfigurationException(place + " wants a " + type.getSimpleName()
                + ", but no @ManagedProcess is visible from there; put one on the class, or make a supervisor of your"
                + " own by Supervisor.create()");
    }

    private boolean isProcessOrLog() {
        return type == SupervisedProcess.class || type == ProcessLog.class;
    }

    /**
     * What to inject.
     *
     * @param declared what there is to choose from
     * @param visible the processes themselves
     * @throws ExtensionConfigurationException if it is not clear which is meant, listing the names
     */
    Object value(List<ProcessSpec> declared, List<SupervisedProcess> visible) {
        ProcessSpec wanted = wanted(declared);
        SupervisedProcess process = visible.stream()
                .filter(candidate -> candidate.name().equals(wanted.name()))
                .findFirst()
                .orElseThrow();
        if (port != null) {
            return process.port(port.value());
        }
        return type == ProcessLog.class ? process.log() : process;
    }

    /**
     * Looks that it is clear what is wanted. Nothing needs to run yet.
     *
     * @param visible the processes there are to choose from
     * @throws ExtensionConfigurationException if it is not
     */
    void check(List<ProcessSpec> visible) {
        checkType();
        if (!isOfScope()) {
            wanted(visible);
        } else if (visible.isEmpty()) {
            throw nothingVisible();
        }
    }

    /**
     * Which process is meant. Nothing needs to run yet.
     *
     * @param visible the processes there are to choose from
     * @throws ExtensionConfigurationException if that is not clear, listing the names
     */
    ProcessSpec wanted(List<ProcessSpec> visible) {
        checkType();
        return port != null ? portOwner(port, visible) : process(visible);
    }

    private void checkType() {
        if (port != null && type != int.class && type != Integer.class) {
            throw new ExtensionConfigurationException("@Port on " + place + ": its type is " + type.getSimpleName()
                    + ", but a port is an int; make it an int");
        }
        if (declared != null && port == null && !isProcessOrLog()) {
            throw new ExtensionConfigurationException("@ManagedProcess on " + place + ": its type is "
                    + type.getSimpleName() + "; make it a SupervisedProcess or a ProcessLog, or add @Port to an int");
        }
        if (managed != null && !isProcessOrLog() && !isOfScope()) {
            throw new ExtensionConfigurationException("@Managed on " + place + ": its type is " + type.getSimpleName()
                    + "; make it a SupervisedProcess or a ProcessLog");
        }
        if (managed != null && isOfScope() && !managed.value().isEmpty()) {
            throw new ExtensionConfigurationException(
                    "@Managed(\"" + managed.value() + "\") on " + place + ": its type is " + type.getSimpleName()
                            + ", which is not that of one process; leave the name out");
        }
    }

    private ProcessSpec portOwner(Port annotation, List<ProcessSpec> visible) {
        String wanted = annotation.process().isEmpty() && declared != null ? declared : annotation.process();
        if (!wanted.isEmpty()) {
            ProcessSpec process = named(visible, wanted).orElseThrow(() -> unknown(wanted, visible));
            if (!process.portNames().contains(annotation.value())) {
                throw new ExtensionConfigurationException("@Port on " + place + ": '" + wanted + "' has no "
                        + portText(annotation) + "; " + remedy(annotation, process));
            }
            return process;
        }
        List<ProcessSpec> withPort = visible.stream()
                .filter(process -> process.portNames().contains(annotation.value()))
                .toList();
        if (withPort.isEmpty()) {
            Set<String> names = new TreeSet<>();
            visible.forEach(process -> names.addAll(process.portNames()));
            throw new ExtensionConfigurationException("@Port on " + place + ": no process has a "
                    + (isMain(annotation)
                            ? "port, because nothing refers to one; put ${port} into a 'command' of @ManagedProcess"
                            : portText(annotation) + "; "
                                    + Suggestion.nearest(annotation.value(), names)
                                            .map(near -> "did you mean \"" + near + "\"?")
                                            .orElse("declare it in 'ports' of @ManagedProcess")));
        }
        return only(
                withPort,
                "@Port(" + portArgument(annotation) + "process = \""
                        + withPort.get(0).name() + "\")",
                "that have a port");
    }

    private static boolean isMain(Port annotation) {
        return annotation.value().equals("port");
    }

    private static String portArgument(Port annotation) {
        return isMain(annotation) ? "" : "value = \"" + annotation.value() + "\", ";
    }

    private static String portText(Port annotation) {
        return isMain(annotation) ? "port, because nothing refers to it" : "port \"" + annotation.value() + "\"";
    }

    private static String remedy(Port annotation, ProcessSpec process) {
        return isMain(annotation)
                ? "put ${port} into " + process.declarationOf("command")
                : Suggestion.nearest(annotation.value(), process.portNames())
                        .map(near -> "did you mean \"" + near + "\"?")
                        .orElse("declare it in " + process.declarationOf("ports"));
    }

    private ProcessSpec process(List<ProcessSpec> visible) {
        if (visible.isEmpty()) {
            throw new ExtensionConfigurationException(
                    place + " wants a process, but no @ManagedProcess is visible from there; put one on the class");
        }
        if (declared != null) {
            return named(visible, declared).orElseThrow(() -> unknown(declared, visible));
        }
        if (managed != null && !managed.value().isEmpty()) {
            return named(visible, managed.value()).orElseThrow(() -> unknown(managed.value(), visible));
        }
        return Optional.ofNullable(name)
                .flatMap(own -> named(visible, own))
                .orElseGet(() -> only(visible, "@Managed(\"" + visible.get(0).name() + "\")", "there are"));
    }

    private static Optional<ProcessSpec> named(List<ProcessSpec> visible, String name) {
        return visible.stream().filter(process -> process.name().equals(name)).findFirst();
    }

    private ProcessSpec only(List<ProcessSpec> candidates, String example, String which) {
        if (candidates.size() > 1) {
            throw new ExtensionConfigurationException(place + " could mean any of the processes " + which + ": "
                    + names(candidates) + "; say which, such as " + example);
        }
        return candidates.get(0);
    }

    private ExtensionConfigurationException unknown(String wanted, List<ProcessSpec> visible) {
        String near = Suggestion.nearest(
                        wanted, visible.stream().map(ProcessSpec::name).toList())
                .map(name -> "did you mean '" + name + "'?")
                .orElse("correct the name");
        return new ExtensionConfigurationException(
                place + " wants '" + wanted + "', but the processes are: " + names(visible) + "; " + near);
    }

    private static String names(List<ProcessSpec> processes) {
        return processes.stream().map(process -> "'" + process.name() + "'").collect(Collectors.joining(", "));
    }
}
