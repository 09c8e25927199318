package dev.procession.process;

import java.time.Duration;

/** Nothing that was looked for was there in time, neither fresh nor old. */
public class DidNotStartException extends WaitTimeoutException {

    private static final long serialVersionUID = 1L;

    /**
     * @param sought what was looked for
     * @param waited for how long
     */
    public DidNotStartException(ProcessSelection sought, Duration waited) {
        super("Nothing was started within " + Durations.describe(waited)
                + "\n  looked for  " + sought
                + "\n  found       no such process, old or fresh"
                + "\n  try         " + remedy(sought) + "; or wait longer");
    }

    private static String remedy(ProcessSelection sought) {
        if (!(sought instanceof ProcessQuery query)) {
            return "look whether it was started at all";
        }
        boolean exact =
                query.match() == ArgumentMatch.EXACT && !query.arguments().isEmpty();
        return "compare with what 'ps -eo pid,lstart,args' shows"
                + (exact ? "; each argument must be a whole one, unless they are compared loosely" : "");
    }
}
