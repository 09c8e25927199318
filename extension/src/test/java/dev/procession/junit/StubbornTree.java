package dev.procession.junit;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/**
 * A process with a child in its own session, with one in a session of its own, and with the orphan of a dead parent in a
 * third. It says farewell when it is stopped in order.
 */
@Retention(RetentionPolicy.RUNTIME)
@ManagedProcess(
        name = "tree",
        command = {
            "sh",
            "-c",
            "trap 'echo stopped in order > ${basedir}/farewell; exit 0' TERM; sleep 600 & setsid sleep 600 &"
                    + " (setsid sleep 600 &) ; echo ready; wait"
        },
        ready = @Ready(log = "^ready$"),
        stop = @Stop(gracePeriod = "5m"))
@interface StubbornTree {}
