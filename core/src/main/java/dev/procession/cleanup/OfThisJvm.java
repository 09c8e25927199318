package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessInfo;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Everything that this JVM has started, however it did that, as far as it can be seen. */
public final class OfThisJvm {

    private OfThisJvm() {}

    /** What shows that a process was started by this JVM. */
    public enum Sign {
        DESCENT("it descends from this JVM", true),
        COOKIE("it carries the cookie of this run", true),
        /** In an IDE or a build, others start processes in the same group too. */
        GROUP(
                "it is an orphan in the process group of this JVM; it was not ended, because somebody else in that group"
                        + " may have started it",
                false);

        private final String text;
        private final boolean certain;

        Sign(String text, boolean certain) {
            this.text = text;
            this.certain = certain;
        }

        /** For messages. */
        public String text() {
            return text;
        }

        /** Whether nobody else can have started it, so that it may be ended. */
        public boolean isCertain() {
            return certain;
        }
    }

    /** Those that live, without this JVM and its watchdogs. */
    public static Map<ProcessInfo, Sign> in(ProcessTable table) {
        List<ProcessInfo> rows = table.scan();
        Map<Long, ProcessInfo> byPid = new HashMap<>();
        rows.forEach(row -> byPid.put(row.pid(), row));
        long self = ProcessHandle.current().pid();
        String run = RunCookie.runOf(table.self());
        long group = byPid.containsKey(self) ? byPid.get(self).group() : 0;
        Set<Long> adopters = Adopters.in(rows);
        Map<ProcessInfo, Sign> found = new LinkedHashMap<>();
        for (ProcessInfo row : rows) {
            if (row.isDead() || row.pid() == self) {
                continue;
            }
            List<String> environment = table.environment(row.pid());
            if (environment.contains(Watchdog.MARK)) {
                continue;
            }
            if (descends(row, self, byPid)) {
                found.put(row, Sign.DESCENT);
            } else if (RunCookie.runsIn(environment).contains(run)) {
                found.put(row, Sign.COOKIE);
            } else if (group > 0
                    && row.group() == group
                    && adopters.contains(row.parentPid())
                    && !adopters.contains(row.pid())
                    && !RunCookie.isAnyIn(environment)) {
                found.put(row, Sign.GROUP);
            }
        }
        return found;
    }

    private static boolean descends(ProcessInfo row, long ancestor, Map<Long, ProcessInfo> byPid) {
        ProcessInfo candidate = row;
        for (int generations = 0; candidate != null && generations < byPid.size(); generations++) {
            if (candidate.parentPid() == ancestor) {
                return true;
            }
            candidate = byPid.get(candidate.parentPid());
        }
        return false;
    }
}
