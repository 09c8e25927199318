package com.example.catalogue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** As much of Redis's protocol as is needed for words without spaces. */
public final class Cache {

    private final int port;

    public Cache(int port) {
        this.port = port;
    }

    /** The value of a key, if it has one. */
    public Optional<String> get(String key) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            BufferedReader answers = ask(socket, "GET " + key);
            return answers.readLine().equals("$-1") ? Optional.empty() : Optional.of(answers.readLine());
        }
    }

    /** Gives a key a value. */
    public void put(String key, String value) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String answer = ask(socket, "SET " + key + " " + value).readLine();
            if (!"+OK".equals(answer)) {
                throw new IOException("The cache has not kept " + key + ", but said " + answer);
            }
        }
    }

    private static BufferedReader ask(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }
}
