package dev.procession.junit;

import dev.procession.supervise.SupervisedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A test that does not come to an end. Not run by this build: its name is not that of a test. */
@StubbornTree
class Hangs {

    @Test
    void forEver(SupervisedProcess tree) throws Exception {
        Path draft = Files.writeString(Path.of("draft"), ProcessHandle.current().pid() + "\n" + tree.pid() + "\n");
        Files.move(draft, Path.of("up"));
        // The limit is for a failure of whoever should end it.
        TimeUnit.MINUTES.sleep(5);
    }
}
