package com.example.replica;

import static dev.procession.assertj.ProcessAssertions.assertThat;
import static dev.procession.launch.Backoff.Kind.FIXED;
import static dev.procession.launch.RestartMode.ON_FAILURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.junit.Backoff;
import dev.procession.junit.Managed;
import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Port;
import dev.procession.junit.Ready;
import dev.procession.junit.Restart;
import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an application sees of a replica whose primary hangs, is down, or crashes. */
@ManagedProcess(
        name = "primary",
        command = {
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            "${port}",
            "--repl-diskless-sync-delay",
            "0",
            "--repl-ping-replica-period",
            "1",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always"
        },
        ready = @Ready(log = "Ready to accept connections"),
        restart = @Restart(value = ON_FAILURE, backoff = @Backoff(value = FIXED, shortest = "100ms")),
        disabledWithoutCommand = true)
@ManagedProcess(
        name = "replica",
        command = {
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            "${port}",
            "--save",
            "",
            "--replicaof",
            "127.0.0.1 ${process:primary:port}",
            "--repl-timeout",
            "3"
        },
        dependsOn = "primary",
        ready = @Ready(log = "MASTER <-> REPLICA sync: Finished with success"),
        disabledWithoutCommand = true)
class PrimaryIsAwayTest {

    @Managed
    static SupervisedProcess primary;

    private final RedisClient writer;
    private final RedisClient reader;

    PrimaryIsAwayTest(@Port(process = "primary") int primaryPort, @Port(process = "replica") int replicaPort) {
        writer = new RedisClient(primaryPort);
        reader = new RedisClient(replicaPort);
    }

    @BeforeEach
    void replicaHasWhatWasWritten() throws Exception {
        writer.set("greeting", "hello");
        eventually("the replica has it", () -> reader.isLinkedToItsPrimary() && "hello".equals(reader.get("greeting")));
    }

    @Test
    void primaryHangs_replicaStillServes() throws Exception {
        primary.pause();

        assertThatThrownBy(() -> writer.set("message", "unanswered")).isInstanceOf(IOException.class);
        eventually("the replica knows", () -> !reader.isLinkedToItsPrimary());
        assertThat(reader.get("greeting")).isEqualTo("hello");

        primary.resume();

        catchesUp();
    }

    @Test
    void primaryIsDown_replicaStillServes_untilItIsBackOnTheSamePort() throws Exception {
        primary.kill();

        eventually("the replica knows", () -> !reader.isLinkedToItsPrimary());
        assertThat(reader.get("greeting")).isEqualTo("hello");

        primary.start();

        catchesUp();
    }

    @Test
    void primaryCrashes_andIsBackByItself() throws Exception {
        int before = primary.restarts();

        primary.crash();
        primary.awaitReady(Duration.ofSeconds(30));

        assertThat(primary).isReady().hasRestarted(before + 1);
        assertThat(writer.get("greeting")).isEqualTo("hello");
        catchesUp();
    }

    private void catchesUp() throws Exception {
        writer.set("greeting", "goodbye");
        eventually("the replica has caught up", () -> "goodbye".equals(reader.get("greeting")));
        assertThat(reader.isLinkedToItsPrimary()).isTrue();
    }

    private static void eventually(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not within 30 s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
