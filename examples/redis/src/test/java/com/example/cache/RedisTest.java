package com.example.cache;

import static com.example.cache.RedisClient.ask;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.Port;
import java.io.IOException;
import org.junit.jupiter.api.Test;

@Redis
class RedisTest {

    @Test
    void keepsWhatItWasGiven(@Port int port) throws IOException {
        assertEquals("+OK", ask(port, "SET greeting hello"));
        assertEquals("$5", ask(port, "GET greeting"));
    }

    @Test
    void answersAPing(@Port int port) throws IOException {
        assertEquals("+PONG", ask(port, "PING"));
    }
}
