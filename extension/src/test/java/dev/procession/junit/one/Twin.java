package dev.procession.junit.one;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Ready;
import dev.procession.supervise.SupervisedProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Has a namesake in another package. */
@ManagedProcess(
        name = "server",
        command = {"sh", "-c", "echo one; exec sleep 600"},
        ready = @Ready(log = "one"))
public class Twin {

    /** The folder of the process's last run. */
    public static volatile Path folder;

    @Test
    void hasItsOwnLog(SupervisedProcess server) {
        folder = server.directory().getParent();
        assertThat(server.log().lines()).containsExactly("one");
    }
}
