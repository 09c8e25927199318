package dev.procession.junit;

import dev.procession.supervise.SupervisedProcess;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** A test that knows nothing but JUnit. Not run by this build: its name is not that of a test. */
@Sleeper
class Bare {

    @Test
    void isReady(SupervisedProcess sleeper, @Port int port) {
        Assertions.assertTrue(sleeper.isReady());
        Assertions.assertEquals(port, sleeper.port());
        System.out.println("the test was run");
    }
}
