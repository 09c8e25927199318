package dev.procession.os;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The room that the kernel has for the arguments and variables of a program: too little is answered with E2BIG, which does
 * not say for what. Pure.
 */
public final class ArgumentSpace {

    /** Linux's number for it. */
    public static final int E2BIG = 7;

    /** Of one argument or variable without its end, in bytes: 32 pages of 4 KiB. */
    private static final int LONGEST = 32 * 4096 - 1;

    private ArgumentSpace() {}

    /** What of a request was too long, to be said behind the system's answer. */
    public static String explain(SpawnRequest request) {
        long arguments = 0;
        for (int i = 0; i < request.arguments().size(); i++) {
            int length = length(request.arguments().get(i));
            if (length > LONGEST) {
                return tooLong("argument " + i, length);
            }
            arguments += length;
        }
        Map<String, String> all = new HashMap<>(request.inheritEnvironment() ? System.getenv() : Map.of());
        all.putAll(request.environment());
        long variables = 0;
        for (Map.Entry<String, String> variable : all.entrySet()) {
            int length = length(variable.getKey() + "=" + variable.getValue());
            if (length > LONGEST) {
                return tooLong("the environment variable " + variable.getKey(), length);
            }
            variables += length;
        }
        return "; its " + request.arguments().size() + " arguments have " + arguments + " bytes and its " + all.size()
                + " environment variables " + variables
                + ", together more than a quarter of the limit of the stack (ulimit -s) or than 6 MiB:"
                + " let the program read them from a file";
    }

    private static String tooLong(String what, int length) {
        return "; " + what + " has " + length + " bytes, and one may have " + LONGEST
                + ": let the program read it from a file";
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
