package com.example.mail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends the letters of a queue: a file with a name a line. What is sent stands in another file, and is not sent again after a
 * crash. A letter to a name that begins with an exclamation mark crashes it, at the first attempt.
 */
public final class Mailer {

    private static final Path QUEUE = Path.of("queue");
    private static final Path ATTEMPTED = Path.of("attempted");
    private static final Path SENT = Path.of("sent");

    private Mailer() {}

    /** Works in the directory it is started in, until it is stopped. */
    public static void main(String[] args) throws Exception {
        System.out.println("at work, " + lines(SENT).size() + " sent before");
        while (true) {
            List<String> queue = lines(QUEUE);
            for (String name : queue.subList(lines(SENT).size(), queue.size())) {
                send(name);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private static void send(String name) throws IOException {
        boolean again = lines(ATTEMPTED).contains(name);
        append(ATTEMPTED, name);
        if (name.startsWith("!") && !again) {
            System.err.println("cannot write to " + name);
            Runtime.getRuntime().halt(70);
        }
        append(SENT, name);
        System.out.println("sent to " + name);
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static void append(Path file, String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
