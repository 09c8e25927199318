package dev.procession.maven;

import dev.procession.process.Durations;
import dev.procession.supervise.Progress;
import dev.procession.supervise.SupervisedProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.maven.plugin.logging.Log;

/**
 * Says what happens in Maven's log: one line when a service starts, when it is ready, while it is awaited, when it is
 * started again or given up, at its end.
 */
final class ProgressLines implements Progress {

    private final Log log;
    private final Path root;

    /** @param root paths below it are shown from there */
    ProgressLines(Log log, Path root) {
        this.log = log;
        this.root = root;
    }

    @Override
    public void started(SupervisedProcess process) {
        log.info("'" + process.name() + "' started" + pid(process));
    }

    /** It can have ended again by now. */
    private static String pid(SupervisedProcess process) {
        try {
            return ", pid " + process.pid();
        } catch (IllegalStateException e) {
            return "";
        }
    }

    @Override
    public void waiting(SupervisedProcess process, Duration elapsed, String conditions) {
        log.info("'" + process.name() + "' is not ready yet: waiting for " + conditions + " ("
                + Durations.describe(elapsed) + " of "
                + Durations.describe(process.spec().ready().timeout()) + "), logs in " + folder(process));
    }

    @Override
    public void ready(SupervisedProcess process, Duration elapsed) {
        boolean done = process.spec().ready().isOneShot();
        log.info("'" + process.name() + "' " + (done ? "is done" : "is ready") + " after " + Durations.describe(elapsed)
                + ports(process) + ", logs in " + folder(process));
    }

    @Override
    public void restarting(SupervisedProcess process, String cause, Duration pause) {
        log.info("'" + process.name() + "' has ended: " + cause + "; it is started again"
                + (pause.isZero() ? "" : " after " + Durations.describe(pause)) + folderIfThere(process));
    }

    @Override
    public void gaveUp(SupervisedProcess process, String cause) {
        log.warn("'" + process.name() + "' is given up: " + cause + folderIfThere(process));
    }

    @Override
    public void stopped(SupervisedProcess process, Duration elapsed, boolean escalated) {
        log.info("'" + process.name() + "' stopped by " + process.spec().stop().signal()
                + (escalated ? ", which was not enough, and KILL" : "") + " after " + Durations.describe(elapsed)
                + process.exitStatus().map(status -> ", " + status).orElse(""));
    }

    /** What could never be spawned has none. */
    private String folderIfThere(SupervisedProcess process) {
        return process.wasStarted() ? ", logs in " + folder(process) : "";
    }

    private String folder(SupervisedProcess process) {
        Path folder = process.log().files().get(0).getParent();
        return folder.startsWith(root) ? root.relativize(folder).toString() : folder.toString();
    }

    private static String ports(SupervisedProcess process) {
        Map<String, Integer> ports = process.ports();
        if (ports.isEmpty()) {
            return "";
        }
        return ports.entrySet().stream()
                .map(port -> (port.getKey().equals(Pins.MAIN) ? "" : port.getKey() + " ") + port.getValue())
                .collect(Collectors.joining(", ", ports.size() == 1 ? ", port " : ", ports ", ""));
    }
}
