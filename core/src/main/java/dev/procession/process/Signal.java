package dev.procession.process;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The signals that have a name, with Linux's numbers. */
public enum Signal {
    HUP(1),
    INT(2),
    QUIT(3),
    ILL(4),
    TRAP(5),
    ABRT(6),
    BUS(7),
    FPE(8),
    KILL(9),
    USR1(10),
    SEGV(11),
    USR2(12),
    PIPE(13),
    ALRM(14),
    TERM(15),
    STKFLT(16),
    CHLD(17),
    CONT(18),
    STOP(19),
    TSTP(20),
    TTIN(21),
    TTOU(22),
    URG(23),
    XCPU(24),
    XFSZ(25),
    VTALRM(26),
    PROF(27),
    WINCH(28),
    IO(29),
    PWR(30),
    SYS(31);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /** The number on Linux. */
    public int number() {
        return number;
    }

    /**
     * The signal with a number.
     *
     * @param number as on Linux
     * @return empty for numbers without a name of their own, such as the real-time signals
     */
    public static Optional<Signal> ofNumber(int number) {
        return Arrays.stream(values()).filter(s -> s.number == number).findFirst();
    }

    /**
     * Reads a signal as people write it: {@code TERM}, {@code SIGTERM}, in any case, or {@code 15}.
     *
     * @throws IllegalArgumentException naming the text and the known names
     */
    public static Signal parse(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        if (!name.isEmpty() && name.length() <= 3 && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            Optional<Signal> byNumber = ofNumber(Integer.parseInt(name));
            if (byNumber.isPresent()) {
                return byNumber.get();
            }
        }
        String bare = name.startsWith("SIG") ? name.substring(3) : name;
        return Arrays.stream(values())
                .filter(s -> s.name().equals(bare))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is no signal; known are "
                        + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(" "))));
    }
}
