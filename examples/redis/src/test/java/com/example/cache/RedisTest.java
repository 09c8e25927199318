package com.example.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Port;
import dev.procession.junit.Ready;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

@ManagedProcess(
        name = "redis",
        command = {"redis-server", "--bind", "127.0.0.1", "--port", "${port}", "--save", ""},
        ready = @Ready(tcp = "${port}", log = "Ready to accept connections"),
        disabledWithoutCommand = true)
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

    /** One inline command and the first line of its answer: no client library needed for that. */
    private static String ask(int port, String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader answers =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            return answers.readLine();
        }
    }
}
