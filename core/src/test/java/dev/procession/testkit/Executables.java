package dev.procession.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Programs that tests make. They are written by another process: one that this JVM has just written can be "busy" for a
 * moment, since a child that another thread is just starting holds a copy of the writer's descriptor.
 */
public final class Executables {

    private Executables() {}

    /** A copy of a program. */
    public static Path copy(Path program, Path copy) throws IOException {
        return made(copy, "cp -- \"$1\" \"$0\" && chmod +x -- \"$0\"", program.toString());
    }

    /** A shell script. Overwrites what is there. */
    public static Path script(Path file, String text) throws IOException {
        return made(file, "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod +x -- \"$0\"", text);
    }

    private static Path made(Path file, String how, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", how, file.toString()));
        command.addAll(Arrays.asList(arguments));
        Process writer = new ProcessBuilder(command).inheritIO().start();
        try {
            if (writer.waitFor() != 0) {
                throw new IOException(file + " could not be made");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + file + " was being made", e);
        }
        return file;
    }
}
