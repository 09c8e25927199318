package com.example.replica;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** As much of a client as the test needs; an application has a library for that. */
final class RedisClient {

    private static final int PATIENCE_MILLIS = 500;

    private final int port;

    RedisClient(int port) {
        this.port = port;
    }

    /** @return the value, or null if there is none */
    String get(String key) throws IOException {
        return ask("GET " + key);
    }

    void set(String key, String value) throws IOException {
        String answer = ask("SET " + key + " " + value);
        if (!"OK".equals(answer)) {
            throw new IOException(answer);
        }
    }

    /** Whether what this replica has is what its primary has, as far as it knows. */
    boolean isLinkedToItsPrimary() throws IOException {
        return ask("INFO replication").contains("master_link_status:up");
    }

    /** @throws IOException if nobody answers in time, or nobody is there */
    String ask(String command) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String first = String.valueOf(answers.readLine());
            if (!first.startsWith("$")) {
                return first.substring(1);
            }
            int length = Integer.parseInt(first.substring(1));
            return length < 0 ? null : read(answers, length);
        }
    }

    private static String read(BufferedReader answers, int length) throws IOException {
        char[] text = new char[length];
        int count = 0;
        while (count < length) {
            int more = answers.read(text, count, length - count);
            if (more < 0) {
                throw new IOException("The answer ended after " + count + " of " + length);
            }
            count += more;
        }
        return new String(text);
    }
}
