package com.example.mail;

import static dev.procession.assertj.ProcessAssertions.assertThat;
import static dev.procession.awaitility.ProcessionAwait.await;
import static dev.procession.launch.Backoff.Kind.FIXED;
import static dev.procession.launch.RestartMode.ON_FAILURE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.junit.Backoff;
import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Ready;
import dev.procession.junit.Restart;
import dev.procession.supervise.SupervisedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The mailer crashes, and is started again: what it has done is not done twice, and the rest is done. */
class MailerTest {

    private static final Duration AT_MOST = Duration.ofSeconds(30);

    @ManagedProcess(
            command = {"${java}", "-cp", "${classpath}", "com.example.mail.Mailer"},
            ready = @Ready(log = "at work"),
            restart = @Restart(value = ON_FAILURE, backoff = @Backoff(value = FIXED, shortest = "50ms")))
    SupervisedProcess mailer;

    @Test
    void crashesTwice_andHasSentEverythingOnce() throws Exception {
        queue("ann\n!bob\ncarol\n!dave\neve\n");

        Path sent = mailer.directory().resolve("sent");
        // Fails at once if the mailer is given up, and not while it is only away.
        await(mailer)
                .atMost(AT_MOST)
                .until(() -> Files.exists(sent) && Files.readString(sent).endsWith("eve\n"));

        assertThat(sent).hasContent("ann\n!bob\ncarol\n!dave\neve");
        assertThat(mailer).isReady().hasRestarted(2).hasLogged("at work, 3 sent before");
        assertThat(mailer.log().allRuns().lines()).contains("cannot write to !bob", "cannot write to !dave");
    }

    @Test
    void isKilledByTheTest_andGoesOn() throws Exception {
        mailer.crash();
        mailer.awaitReady(AT_MOST);
        queue("ann\n");

        mailer.log().await("sent to ann", AT_MOST);

        assertThat(mailer).hasRestarted(1);
    }

    /** Moved there, so that nobody reads half of it. */
    private void queue(String names) throws Exception {
        Path draft = Files.writeString(mailer.directory().resolve("draft"), names);
        Files.move(draft, mailer.directory().resolve("queue"), StandardCopyOption.ATOMIC_MOVE);
    }
}
