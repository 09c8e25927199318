package dev.procession.benchmarks;

import dev.procession.process.ProcessQuery;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import oshi.SystemInfo;
import oshi.software.os.OperatingSystem;

/** One look for a word in all command lines, among many processes. */
final class Scans {

    /** In the last argument of so many of them; and in none of those that look. */
    private static final String WORD = "seldom";

    private static final int FOUND = 3;

    private Scans() {}

    static void run(Effort effort, PrintStream out) throws Exception {
        Path floor = compiled(out);
        for (int size : effort.quick() ? new int[] {200} : new int[] {500, 2000}) {
            try (Idlers idlers = new Idlers(size)) {
                among(idlers, floor, effort, out, "scan: a word, " + size + " processes");
            }
        }
    }

    private static void among(Idlers idlers, @Nullable Path floor, Effort effort, PrintStream out, String title)
            throws Exception {
        // It has no logger to write to, and would say so.
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        OperatingSystem oshi = new SystemInfo().getOperatingSystem();
        ProcessQuery query = ProcessQuery.matching(idlers.word);
        ProcessQuery named = ProcessQuery.named("sleeper").args(idlers.word).loose();
        List<Peer> peers = new ArrayList<>();
        List<Entrant> entrants = new ArrayList<>();
        try {
            if (floor != null) {
                Peer both = peer(peers, floor.toString(), "stat", "cmdline");
                Peer one = peer(peers, floor.toString(), "cmdline");
                entrants.add(new Entrant("C: getdents; stat, cmdline of each", () -> both.ask(idlers.word)));
                entrants.add(new Entrant("C: getdents; cmdline of each", () -> one.ask(idlers.word)));
            }
            entrants.add(new Entrant("Procession, by name and argument", () -> procession(named)));
            entrants.add(new Entrant("Procession, by pattern", () -> procession(query)));
            entrants.add(new Entrant("ProcessHandle.info", 2, () -> handles(idlers.word)));
            entrants.add(new Entrant("OSHI", 4, () -> oshi(oshi, idlers.word)));
            if (isThere("pgrep", "--version")) {
                entrants.add(new Entrant("pgrep -f", 2, () -> pgrep(idlers.word)));
            } else {
                out.println("\n  scan: without pgrep, which is not installed");
            }
            if (isThere("python3", "-c", "import psutil")) {
                Peer psutil = peer(peers, "python3", "-c", resource("scan.py"));
                entrants.add(new Entrant("psutil", 4, () -> psutil.ask(idlers.word)));
            } else {
                out.println("\n  scan: without psutil, which python3 does not have");
            }
            List<Result> results = Contest.run(entrants, effort.warmUp(30), effort.samples(100));
            Table.print(out, title, results);
            if (floor != null) {
                Table.goal(
                        out,
                        "at most 2 x the time of C with both files",
                        named(results, "Procession, by pattern")
                                / results.get(0).millis(0, 50));
            }
            results.stream()
                    .filter(result -> result.name().equals("pgrep -f"))
                    .forEach(result -> Table.goal(
                            out,
                            "several times as fast as pgrep -f",
                            result.millis(0, 50) / named(results, "Procession, by pattern")));
        } finally {
            peers.forEach(Peer::close);
        }
    }

    private static double named(List<Result> results, String name) {
        return results.stream()
                .filter(result -> result.name().equals(name))
                .findFirst()
                .orElseThrow()
                .millis(0, 50);
    }

    private static long[] procession(ProcessQuery query) {
        long start = System.nanoTime();
        int found = query.find().size();
        return checked(start, found);
    }

    private static long[] handles(String word) {
        long start = System.nanoTime();
        long found = ProcessHandle.allProcesses()
                .filter(handle -> handle.info()
                        .commandLine()
                        .filter(line -> line.contains(word))
                        .isPresent())
                .count();
        return checked(start, found);
    }

    private static long[] oshi(OperatingSystem system, String word) {
        long start = System.nanoTime();
        long found = system.getProcesses().stream()
                .filter(process -> process.getCommandLine().contains(word))
                .count();
        return checked(start, found);
    }

    private static long[] pgrep(String word) throws IOException {
        long start = System.nanoTime();
        // It does not find itself.
        Process pgrep = new ProcessBuilder("pgrep", "-f", word)
                .redirectError(Redirect.DISCARD)
                .start();
        long found;
        try (BufferedReader lines = pgrep.inputReader()) {
            found = lines.lines().count();
        }
        return checked(start, found);
    }

    private static long[] checked(long start, long found) {
        long[] time = Entrant.since(start);
        if (found != FOUND) {
            throw new IllegalStateException("found " + found + " in place of " + FOUND);
        }
        return time;
    }

    private static boolean isThere(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            return process.waitFor(Starter.DEADLINE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static @Nullable Path compiled(PrintStream out) throws Exception {
        if (!isThere("cc", "--version")) {
            out.println("\n  scan: without the floor in C, since there is no cc");
            return null;
        }
        Path source = Files.writeString(Leftovers.folder().resolve("floor.c"), resource("floor.c"));
        Path program = Leftovers.folder().resolve("floor");
        Spawning.answer(List.of("cc", "-O2", "-o", program.toString(), source.toString()));
        return program;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Optional.ofNullable(Scans.class.getResourceAsStream(name))
                .orElseThrow(() -> new IllegalStateException(name + " is missing"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Peer peer(List<Peer> peers, String... command) throws IOException {
        Peer peer = new Peer(command);
        peers.add(peer);
        return peer;
    }

    /** A program that measures itself when it is asked; it ends with its input, and so with us. */
    private static final class Peer implements AutoCloseable {
        private final Process process;
        private final BufferedReader answers;

        Peer(String... command) throws IOException {
            process =
                    new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            answers = process.inputReader();
        }

        long[] ask(String word) throws IOException {
            process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            String[] answer = String.valueOf(answers.readLine()).split(" ");
            if (!answer[1].equals(Integer.toString(FOUND))) {
                throw new IllegalStateException("found " + answer[1] + " in place of " + FOUND);
            }
            return new long[] {Long.parseLong(answer[0])};
        }

        @Override
        public void close() {
            try {
                process.getOutputStream().close();
                if (!process.waitFor(Starter.DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Processes that do nothing, children of a shell that ends and reaps them when its input ends, and so with us. */
    private static final class Idlers implements AutoCloseable {
        private final String word = WORD + ProcessHandle.current().pid();
        private final Process shell;

        Idlers(int size) throws IOException {
            // The word is put together there: the shell's own command line must not hold it.
            String script = "exec 3<> <(:); w=" + WORD + "; w=$w$PPID; for ((i = 0; i < " + size + "; i++)); do"
                    + " if ((i < " + FOUND + ")); then a=$w; else a=often; fi;"
                    + " (exec -a sleeper /bin/sh -c 'read -r x <&3; :' sh --some=option --config=/etc/some.conf \"$a\")"
                    + " & done; echo ready; read -r x; kill $(jobs -p); wait";
            shell = new ProcessBuilder("/bin/bash", "-c", script)
                    .redirectError(new File("/dev/null"))
                    .start();
            Leftovers.add(this::close);
            new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII)).readLine();
        }

        @Override
        public void close() {
            try {
                shell.getOutputStream().close();
                shell.waitFor(6 * Starter.DEADLINE_SECONDS, TimeUnit.SECONDS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
