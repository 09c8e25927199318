package dev.procession.process;

import java.util.OptionalInt;

/**
 * How a process ended. There are no sentinels: a signal is not a negative code, and what could not be learned is not 0.
 *
 * <p>Immutable and thread safe. {@code toString} is fit for messages: {@code exit code 1}, {@code killed by TERM}.
 */
public sealed interface ExitStatus {

    /**
     * The number a shell shows in {@code $?}: the code itself, or 128 + n after signal n.
     *
     * @return empty when nothing at all is known
     */
    OptionalInt shellCode();

    /** Whether it ended by itself with code 0. */
    default boolean isSuccess() {
        return this instanceof Code code && code.value() == 0;
    }

    /**
     * The process ended by itself.
     *
     * @param value 0 to 255
     */
    record Code(int value) implements ExitStatus {
        @Override
        public OptionalInt shellCode() {
            return OptionalInt.of(value);
        }

        @Override
        public String toString() {
            return "exit code " + value;
        }
    }

    /**
     * A signal ended the process.
     *
     * @param number the signal's number; see {@link Signal#ofNumber(int)}
     * @param coreDumped whether the kernel wrote a core dump
     */
    record Signalled(int number, boolean coreDumped) implements ExitStatus {
        @Override
        public OptionalInt shellCode() {
            return OptionalInt.of(128 + number);
        }

        /** Whether it was this signal. */
        public boolean by(Signal signal) {
            return number == signal.number();
        }

        @Override
        public String toString() {
            return "killed by " + Signal.ofNumber(number).map(Enum::name).orElse("signal " + number)
                    + (coreDumped ? " (core dumped)" : "");
        }
    }

    /**
     * The platform did not tell exactly.
     *
     * @param shellCode what a shell would show, where at least that is known
     * @param reason what is unknown and why
     */
    record Unknown(OptionalInt shellCode, String reason) implements ExitStatus {
        @Override
        public String toString() {
            return "exit status unknown: " + reason;
        }
    }
}
