package com.example.cache;

import static com.example.cache.RedisClient.ask;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.Port;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Runs at the same time as {@link RedisTest}, and asks the same Redis. */
@Redis
class VisitsTest {

    @Test
    void countsVisits(@Port int port) throws IOException {
        assertEquals(":1", ask(port, "INCR visits:home"));
        assertEquals(":2", ask(port, "INCR visits:home"));
    }

    @Test
    void countsEachPageForItself(@Port int port) throws IOException {
        assertEquals(":1", ask(port, "INCR visits:about"));
        assertEquals(":1", ask(port, "INCR visits:contact"));
    }
}
