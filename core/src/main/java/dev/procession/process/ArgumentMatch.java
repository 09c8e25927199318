package dev.procession.process;

/** How the arguments of a {@link ProcessQuery} are compared with those of a process. */
public enum ArgumentMatch {
    /** Each must be one whole argument of the process, in any order; {@code SomeApp} is not {@code apps/SomeApp.py}. */
    EXACT,
    /** Each must be part of one argument of the process; {@code SomeApp} is part of {@code apps/SomeApp.py}. */
    LOOSE
}
