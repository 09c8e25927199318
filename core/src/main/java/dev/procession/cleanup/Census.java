package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessInfo;
import java.lang.ref.WeakReference;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Scans of the process table, each shared by all whom it is late enough for: a thousand processes that end at once would
 * otherwise look at each other a million times. For one thread.
 */
public final class Census {

    private final ProcessTable table;

    /** Not needed any longer than somebody is looking at it, and some hundred bytes for each process of the machine. */
    private WeakReference<@Nullable Scan> last = new WeakReference<>(null);

    public Census(ProcessTable table) {
        this.table = table;
    }

    /**
     * A scan that was begun after a moment: whatever had been done by then is in it.
     *
     * @param moment of {@link System#nanoTime()}
     */
    Scan since(long moment) {
        Scan scan = last.get();
        if (scan == null || scan.begun - moment <= 0) {
            scan = new Scan(table);
            last = new WeakReference<>(scan);
        }
        return scan;
    }

    /** All rows of one moment, and what each tree would have to find out about them again. */
    static final class Scan {
        private final long begun;
        private final ProcessTable table;
        private final List<ProcessInfo> rows;
        private final Map<ProcessInfo, Set<String>> cookies = new IdentityHashMap<>();
        private @Nullable Map<Long, List<ProcessInfo>> children;
        private @Nullable Set<Long> adopters;

        private Scan(ProcessTable table) {
            this.begun = System.nanoTime();
            this.table = table;
            this.rows = table.scan();
        }

        /** By {@link System#nanoTime()}. */
        long begun() {
            return begun;
        }

        List<ProcessInfo> rows() {
            return rows;
        }

        /** By the pid of their parent. */
        Map<Long, List<ProcessInfo>> children() {
            if (children == null) {
                children = rows.stream().collect(Collectors.groupingBy(ProcessInfo::parentPid));
            }
            return children;
        }

        /** As {@link Adopters#in}. */
        Set<Long> adopters() {
            if (adopters == null) {
                adopters = Adopters.in(rows);
            }
            return adopters;
        }

        /**
         * All processes of ours that its environment tells it comes from, as {@link RunCookie#elementsIn}.
         *
         * @return null where that is empty or cannot be read, which may pass
         */
        @Nullable
        Set<String> cookies(ProcessInfo row) {
            Set<String> known = cookies.get(row);
            if (known == null) {
                List<String> environment = table.environment(row.pid());
                if (environment.isEmpty()) {
                    return null;
                }
                known = RunCookie.elementsIn(environment);
                cookies.put(row, known);
            }
            return known;
        }
    }
}
