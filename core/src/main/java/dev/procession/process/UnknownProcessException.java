package dev.procession.process;

import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Nobody has the name that was asked for. */
public class UnknownProcessException extends SupervisionException {

    private static final long serialVersionUID = 1L;

    /**
     * @param process the name
     * @param nearest what was probably meant
     * @param known the names there are
     */
    public UnknownProcessException(String process, Optional<String> nearest, Collection<String> known) {
        super(
                process,
                SupervisionFault.BAD_NAME,
                "Expected the name of a process or a group, but '" + process + "' is none; "
                        + nearest.map(name -> "did you mean '" + name + "'? ").orElse("")
                        + (known.isEmpty() ? "there is no process" : "there are: " + list(known)),
                null);
    }

    private static String list(Collection<String> names) {
        return names.stream().sorted().distinct().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }
}
