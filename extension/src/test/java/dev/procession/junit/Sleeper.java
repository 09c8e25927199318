package dev.procession.junit;

import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** An annotation of one's own: a process that has a port, says so, and sleeps. */
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ManagedProcess(
        name = "sleeper",
        command = {"sh", "-c", "echo port ${port}; exec sleep 600"},
        ready = @Ready(log = "port"))
@interface Sleeper {}
