package dev.procession.launch;

import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The JVM that uses a folder, as the folder's marker names it. A pid means something only in the container and the start of
 * the machine that it was written in. Immutable.
 *
 * @param id the JVM
 * @param namespaces those of pids and time that it is in; null if that was not told
 * @param boot the start of the machine; null if that was not told
 * @param claim what it uses the folder for, without blanks
 */
record FolderUser(
        ProcessId id, @Nullable String namespaces, @Nullable String boot, String claim) {

    private static final Pattern USER =
            Pattern.compile("In use by pid ([1-9]\\d{0,17}), started at tick (\\d{1,18}), as (\\S+)\\.\n"
                    + "(?:That pid is of (.{1,200}), boot (.{1,200})\\.\n)?");

    /** This JVM. */
    static FolderUser here(ProcessTable processes, String claim) {
        ProcessId self = processes.self();
        return new FolderUser(
                self,
                processes.namespaces(self.pid()).orElse(null),
                processes.boot().orElse(null),
                claim);
    }

    /** Whoever a marker names; empty if nobody. */
    static Optional<FolderUser> in(String marker) {
        Matcher user = USER.matcher(marker);
        return user.find()
                ? Optional.of(new FolderUser(
                        new ProcessId(Long.parseLong(user.group(1)), Long.parseLong(user.group(2))),
                        user.group(4),
                        user.group(5),
                        user.group(3)))
                : Optional.empty();
    }

    /** For a marker. */
    String text() {
        return "In use by pid " + id.pid() + ", started at tick " + id.startTicks() + ", as " + claim + ".\n"
                + (namespaces == null || boot == null ? "" : "That pid is of " + namespaces + ", boot " + boot + ".\n");
    }

    /** Whether it lives, as far as can be told: of one in another container that is not known, so it is taken to live. */
    boolean isThere(ProcessTable processes) {
        if (boot != null && processes.boot().filter(now -> !now.equals(boot)).isPresent()) {
            return false;
        }
        return isElsewhere(processes) || processes.isAlive(id);
    }

    /** Whether its pid means somebody else here. */
    boolean isElsewhere(ProcessTable processes) {
        return namespaces != null
                && processes
                        .namespaces(processes.self().pid())
                        .filter(here -> !here.equals(namespaces))
                        .isPresent();
    }
}
