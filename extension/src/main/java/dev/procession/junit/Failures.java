package dev.procession.junit;

import dev.procession.process.ProcessionException;
import org.jspecify.annotations.Nullable;

/** Collects what goes wrong where everything must be tried: the first keeps the others. For one thread. */
final class Failures {

    private @Nullable ProcessionException first;

    /** Tries the next. */
    void attempt(Runnable step) {
        try {
            step.run();
        } catch (ProcessionException e) {
            add(e);
        }
    }

    void add(ProcessionException failure) {
        if (first == null) {
            first = failure;
        } else if (first != failure) {
            first.addSuppressed(failure);
        }
    }

    /** Throws the first, if there is one. */
    void throwFirst() {
        if (first != null) {
            throw first;
        }
    }
}
