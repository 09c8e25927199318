package dev.procession.process;

import java.util.List;
import java.util.stream.Collectors;

/** Something outlived what it belonged to, where that counts as a failure. It has been ended, unless the message says so. */
public class StragglersException extends ProcessionException {

    private static final long serialVersionUID = 1L;

    private final transient List<Straggler> stragglers;

    /**
     * @param headline what happened
     * @param remedy what to do
     */
    public StragglersException(String headline, List<Straggler> stragglers, String remedy) {
        super(headline
                + stragglers.stream().map(straggler -> "\n  " + straggler).collect(Collectors.joining())
                + "\n  try         " + remedy);
        this.stragglers = List.copyOf(stragglers);
    }

    /** Who it was; empty after deserialization. */
    public List<Straggler> stragglers() {
        return stragglers == null ? List.of() : stragglers;
    }
}
