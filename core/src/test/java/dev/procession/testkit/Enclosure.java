package dev.procession.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.process.ProcStat;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A space of process ids whose inhabitants are seen from outside, whatever they have shed, since nobody can leave it; closing
 * it ends them all. A script runs in it, whose standard input and output are the way in and out. For one thread.
 */
public final class Enclosure implements AutoCloseable {

    /** Its init reaps orphans, as that of a machine does; the script is a process like others. */
    private static final String INIT = "exec 3<&0\nsh -c \"$0\" \"$@\" <&3 3<&- &\nexec 3<&- >/dev/null\nwait";

    /** For a chain of processes that does not end. */
    private static final int MOST_LISTS = 10;

    private static final List<List<String>> WAYS = List.of(
            List.of("unshare", "--pid"),
            // Who may not do that may be root of a space of users, in which there is only that one.
            List.of("unshare", "--user", "--map-root-user", "--pid"));

    private final Process unshare;
    private final ProcessId init;
    private final Path processes;
    private final BufferedReader output;

    private Enclosure(Process unshare, ProcessId init) {
        this.unshare = unshare;
        this.init = init;
        this.processes = Path.of("/proc", Long.toString(init.pid()), "root", "proc");
        this.output = unshare.inputReader(StandardCharsets.UTF_8);
    }

    /** How they can be made here. Skips the test where there is no way. */
    public static Way assumePossible() throws InterruptedException {
        for (List<String> way : WAYS) {
            if (succeeds(way, "true")) {
                return new Way(way, succeeds(way, "setpriv --reuid 1 --regid 1 --clear-groups true"));
            }
        }
        assumeTrue(false, "neither root nor a user here may make a space of process ids (unshare --pid)");
        throw new AssertionError("Expected to be skipped");
    }

    private static boolean succeeds(List<String> way, String script) throws InterruptedException {
        try {
            Process trial = new ProcessBuilder(command(way, script, List.of()))
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            return trial.waitFor(60, TimeUnit.SECONDS) && trial.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> command(List<String> way, String script, List<String> arguments) {
        List<String> command = new ArrayList<>(way);
        command.addAll(List.of("--fork", "--kill-child", "--mount-proc", "setsid", "sh", "-c", script));
        command.addAll(arguments);
        return command;
    }

    /**
     * How enclosures are made here.
     *
     * @param hasUsers whether processes in it can run as somebody else
     */
    public record Way(List<String> command, boolean hasUsers) {

        /**
         * Makes one.
         *
         * @param folder where the script runs
         * @param script for {@code sh}
         * @param arguments its {@code $1} and so on
         */
        public Enclosure enclose(Path folder, String script, List<String> arguments) throws IOException {
            List<String> all = new ArrayList<>(List.of(script, "enclosed"));
            all.addAll(arguments);
            ProcessBuilder builder = new ProcessBuilder(Enclosure.command(command, INIT, all))
                    .directory(folder.toFile())
                    .redirectError(folder.resolve("enclosure-stderr").toFile());
            builder.environment().remove("PROCESSION_RUN");
            Process unshare = builder.start();
            try {
                return new Enclosure(unshare, awaitInit(unshare));
            } catch (AssertionError e) {
                unshare.destroyForcibly();
                throw e;
            }
        }

        private static ProcessId awaitInit(Process unshare) {
            Await.until("the enclosure has an init", () -> initOf(unshare).isPresent() || !unshare.isAlive());
            return initOf(unshare).orElseThrow(() -> new AssertionError("Expected an enclosure, but it has ended"));
        }

        private static Optional<ProcessId> initOf(Process unshare) {
            return Processes.TABLE.scan().stream()
                    .filter(row -> row.parentPid() == unshare.pid())
                    .map(ProcessInfo::id)
                    .findFirst();
        }
    }

    /** What the script prints next; it must not take a minute. */
    public @Nullable String nextLine() {
        return Await.result(Await.async(output::readLine));
    }

    /** What the script reads next. */
    public void send(String line) throws IOException {
        OutputStream input = unshare.getOutputStream();
        input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        input.flush();
    }

    /** Who lives in it, by the pids that they have there; without its init. */
    public List<ProcessInfo> inhabitants() throws IOException {
        List<ProcessInfo> rows = new ArrayList<>();
        // A second list shows who was started while the first was read.
        Set<String> seen = new HashSet<>(Set.of("1"));
        boolean anybodyNew = true;
        for (int lists = 0; anybodyNew && lists < MOST_LISTS; lists++) {
            anybodyNew = false;
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(processes, "[0-9]*")) {
                for (Path folder : folders) {
                    if (seen.add(folder.getFileName().toString())) {
                        anybodyNew = true;
                        row(folder).filter(row -> !row.isDead()).ifPresent(rows::add);
                    }
                }
            }
        }
        return rows;
    }

    private static Optional<ProcessInfo> row(Path folder) {
        try {
            byte[] stat = Files.readAllBytes(folder.resolve("stat"));
            return Optional.of(ProcStat.parse(stat, stat.length));
        } catch (IOException e) {
            // It has ended.
            return Optional.empty();
        }
    }

    /** What there is to know of an inhabitant, for messages. */
    public String describe(ProcessInfo row) {
        Path folder = processes.resolve(Long.toString(row.pid()));
        return "pid " + row.pid() + " " + row.state() + " parent " + row.parentPid() + " group " + row.group()
                + " session " + row.session() + " start " + row.id().startTicks() + " cwd " + link(folder, "cwd")
                + " 1 " + link(folder, "fd/1") + " 2 " + link(folder, "fd/2") + " environment "
                + read(folder, "environ")
                        .lines()
                        .filter(variable -> variable.startsWith("PROCESSION"))
                        .toList()
                + " command " + commandLine(row);
    }

    public List<String> commandLine(ProcessInfo row) {
        return read(processes.resolve(Long.toString(row.pid())), "cmdline")
                .lines()
                .toList();
    }

    private static String link(Path folder, String name) {
        try {
            return Files.readSymbolicLink(folder.resolve(name)).toString();
        } catch (IOException e) {
            return "?";
        }
    }

    /** With lines for what NULs end. */
    private static String read(Path folder, String name) {
        try {
            return Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1)
                    .replace('\0', '\n');
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        // Its init dies with it, and everybody with that.
        unshare.destroyForcibly();
        Processes.awaitDeath(init);
    }
}
