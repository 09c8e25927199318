package dev.procession.process;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Nothing fresh was started in time, but something older is there that is meant as well. */
public class OldStartTimeException extends WaitTimeoutException {

    private static final long serialVersionUID = 1L;

    private final transient List<FoundProcess> old;

    /**
     * @param sought what was looked for
     * @param waited for how long
     * @param epoch from when on a process is fresh
     * @param old who is there instead
     */
    public OldStartTimeException(ProcessSelection sought, Duration waited, Epoch epoch, List<FoundProcess> old) {
        super("Nothing fresh was started within " + Durations.describe(waited) + ": what is there is older"
                + "\n  looked for  " + sought
                + "\n  fresh       started not longer than " + Durations.describe(epoch.age()) + " ago"
                + old.stream()
                        .map(process -> "\n  found       " + process + ", up for "
                                + Durations.describe(process.id().age()))
                        .collect(Collectors.joining())
                + "\n  try         end " + (old.size() == 1 ? "it" : "them") + " with 'kill "
                + old.stream().map(process -> Long.toString(process.pid())).collect(Collectors.joining(" "))
                + "' and start it anew; or, if an old one will do, allow a longer time");
        this.old = List.copyOf(old);
    }

    /** Who is there and is too old, the newest first; empty after deserialization. */
    public List<FoundProcess> old() {
        return old == null ? List.of() : old;
    }
}
