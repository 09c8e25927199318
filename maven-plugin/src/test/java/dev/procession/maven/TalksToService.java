package dev.procession.maven;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** An integration test in the builds of tests, run by Failsafe: it talks to the service on the port that it is told. */
class TalksToService {

    @Test
    void answers() throws Exception {
        int port = Integer.getInteger("it.port");
        try (Socket service = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader answer = new BufferedReader(new InputStreamReader(service.getInputStream()))) {
            Files.writeString(Path.of("talked"), port + " " + answer.readLine());
        }
        long since = Long.getLong("procession.run.since");
        String[] own = Files.readString(Path.of("/proc/self/stat")).split(" ");
        long started = Long.parseLong(own[21]);
        assertTrue(
                since < started && since > started - 10 * 60 * 100,
                () -> "the session began at tick " + since + ", this JVM at tick " + started);
        assertFalse(Boolean.getBoolean("it.fails"), "told to fail");
        assertTrue(Files.exists(Path.of("talked")));
    }
}
