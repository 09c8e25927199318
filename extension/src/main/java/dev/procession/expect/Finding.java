package dev.procession.expect;

import dev.procession.supervise.SupervisedProcess;

/**
 * An expectation that does not hold. Immutable and thread safe.
 *
 * @param process of what it was expected
 * @param headline what was expected and what was found
 * @param remedy what to do
 */
public record Finding(SupervisedProcess process, String headline, String remedy) {

    /** The whole message: with the state of the process, its exit status and the last lines of its log. */
    public String message() {
        return process.failureMessage(headline, remedy);
    }
}
