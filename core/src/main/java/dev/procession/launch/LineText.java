package dev.procession.launch;

/** Lines of logs as messages show them. */
public final class LineText {

    private static final int LONGEST = 2_000;

    private LineText() {}

    /** A line without secrets, cut if it is longer than 2,000 characters: of one without line ends a message is not full. */
    public static String of(String line, Secrets secrets) {
        // Masked before it is cut, which would change a secret so that it is not found.
        String masked = secrets.mask(line);
        if (masked.length() <= LONGEST) {
            return masked;
        }
        int end = Character.isHighSurrogate(masked.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
        return masked.substring(0, end) + "… (cut, of " + masked.length() + " characters)";
    }
}
