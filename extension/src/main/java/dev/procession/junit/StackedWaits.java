package dev.procession.junit;

import dev.procession.launch.Suggestion;
import dev.procession.process.InvalidSpecException;
import java.lang.reflect.AnnotatedElement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** The {@link WaitForStart} that stand on a place for what is managed there, by its name. Immutable. */
record StackedWaits(Map<String, WaitForStart> byName) {

    /**
     * Reads those of a place.
     *
     * @param names of the processes that are declared there
     * @throws ExtensionConfigurationException if it is not clear which one is meant, or what is said does not fit it
     */
    static StackedWaits on(AnnotatedElement element, String place, List<String> names) {
        Map<String, WaitForStart> byName = new LinkedHashMap<>();
        for (WaitForStart annotation : annotations(element)) {
            Selector selector = Selector.of(annotation);
            try {
                if (selector.selection().isEmpty()) {
                    check(annotation);
                    String name = name(annotation.name(), names);
                    if (byName.put(name, annotation) != null) {
                        throw new InvalidSpecException(
                                "name", "means '" + name + "', as that of another @WaitForStart there", "remove one");
                    }
                }
            } catch (InvalidSpecException e) {
                throw new ExtensionConfigurationException(
                        String.valueOf(e.at(selector.declaration("WaitForStart", place))
                                .getMessage()),
                        e);
            }
        }
        return new StackedWaits(byName);
    }

    /** All of a place, whomever they are for. */
    static List<WaitForStart> annotations(AnnotatedElement element) {
        return AnnotationSupport.findRepeatableAnnotations(element, WaitForStart.class);
    }

    /** On a field or parameter, it can only be for the process that is declared there. */
    static StackedWaits onVariable(AnnotatedElement element, String place, List<String> names) {
        for (WaitForStart annotation : annotations(element)) {
            Selector selector = Selector.of(annotation);
            if (!annotation.process().isEmpty() || !annotation.pidFile().isEmpty()) {
                throw new ExtensionConfigurationException(selector.declaration("WaitForStart", place)
                        + ": there it can only be for the process that is declared there; put it on the class or the"
                        + " test");
            }
        }
        return on(element, place, names);
    }

    private static void check(WaitForStart annotation) {
        if (!annotation.fresh()) {
            throw new InvalidSpecException(
                    "fresh",
                    "is false, but what is started here is always fresh",
                    "leave it out, or give 'process' for one that somebody else starts");
        }
        if (annotation.since() != Since.RUN) {
            throw new InvalidSpecException(
                    "since",
                    "is " + annotation.since() + ", but what is started here is always fresh",
                    "leave it out, or give 'process' for one that somebody else starts");
        }
    }

    private static String name(String wanted, List<String> names) {
        if (names.isEmpty()) {
            throw new InvalidSpecException(
                    wanted.isEmpty() ? "process" : "name",
                    (wanted.isEmpty() ? "is not given" : "is \"" + wanted + "\"") + ", and there is no @ManagedProcess",
                    "put it beside one, or give 'process' or 'pidFile' for one that somebody else starts");
        }
        String all = names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        if (wanted.isEmpty() && names.size() > 1) {
            throw new InvalidSpecException(
                    "name",
                    "is not given, and it could mean any of " + all,
                    "say which, such as \"" + names.get(0) + "\"");
        }
        if (!wanted.isEmpty() && !names.contains(wanted)) {
            throw new InvalidSpecException(
                    "name",
                    "is \"" + wanted + "\", but the processes there are: " + all,
                    Suggestion.nearest(wanted, names)
                            .map(near -> "did you mean \"" + near + "\"?")
                            .orElse("correct it"));
        }
        return wanted.isEmpty() ? names.get(0) : wanted;
    }

    /** When a process is ready: what is said by whoever waits for it takes the place of what its annotation says. */
    Ready ready(String name, ManagedProcess annotation) {
        WaitForStart wait = byName.get(name);
        // One that says nothing is content with what the annotation says, if that does.
        boolean silent = wait != null
                && wait.ready().equals(defaultReady(WaitForStart.class))
                && !annotation.ready().equals(defaultReady(ManagedProcess.class));
        return wait == null || silent ? annotation.ready() : wait.ready();
    }

    private static Ready defaultReady(Class<?> type) {
        return ReflectionSupport.findMethod(type, "ready")
                .map(method -> (Ready) method.getDefaultValue())
                .orElseThrow();
    }
}
