package dev.procession.cleanup;

import dev.procession.launch.RunCookie;
import dev.procession.process.ProcessId;
import dev.procession.process.TableText;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a record tells of the run of a JVM. Immutable; what is here opens nothing.
 *
 * @param machine where it ran, and as whom
 * @param jvm who it was
 * @param base the directory it was started in
 * @param leaders what it had started by itself and not yet seen the end of
 * @param others what it knew to be its own besides that
 * @param folders where its processes worked, without links
 * @param ports that it had leased: anybody's by now, if the run has ended
 */
record FormerRun(
        Machine machine,
        ProcessId jvm,
        String base,
        Set<ProcessId> leaders,
        Set<ProcessId> others,
        Set<Path> folders,
        Set<Integer> ports) {

    private static final String FORMAT = "procession 1";

    private static final Pattern NAME = Pattern.compile("([1-9]\\d{0,17})-(\\d{1,18})-[0-9a-z]+\\" + RunRecord.SUFFIX);
    private static final Pattern FOLDER = Pattern.compile("/\\d* ");
    private static final Pattern PORT = Pattern.compile("\\d{1,5}");
    private static final Pattern IDENTITY = Pattern.compile("([1-9]\\d{0,17}) (\\d{1,18})");

    /** The first lines, which the lines that the watchdog is told follow. */
    static String header(Machine machine, ProcessId jvm, Path base) {
        return String.join(
                        "\n",
                        FORMAT,
                        "boot " + machine.boot(),
                        "pids " + machine.pidNamespace(),
                        "jvm " + jvm.pid() + " " + jvm.startTicks(),
                        "user " + machine.user(),
                        "base " + base.toString().replace('\n', '?').replace('\r', '?'))
                + "\n";
    }

    /**
     * Whose record a file is, by its name alone.
     *
     * @throws IllegalArgumentException if no record is called so
     */
    static ProcessId jvmOf(String fileName) {
        Matcher name = NAME.matcher(fileName);
        if (!name.matches()) {
            throw new IllegalArgumentException("its name is not that of a record");
        }
        return new ProcessId(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
    }

    /** @throws IllegalArgumentException if this is no record, saying why */
    static FormerRun parse(String text) {
        // A last line without an end was cut off by whatever has ended the JVM.
        Iterator<String> lines =
                TableText.rows(text.substring(0, text.lastIndexOf('\n') + 1)).iterator();
        if (!lines.hasNext() || !lines.next().equals(FORMAT)) {
            throw new IllegalArgumentException("it does not begin with \"" + FORMAT + "\"");
        }
        String boot = value(lines, "boot ");
        String pids = value(lines, "pids ");
        ProcessId jvm = identity(value(lines, "jvm "));
        String user = value(lines, "user ");
        if (!user.matches("\\d{1,18}")) {
            throw new IllegalArgumentException("\"user " + user + "\" names no user");
        }
        String base = value(lines, "base ");
        Map<Long, ProcessId> leaders = new LinkedHashMap<>();
        Set<ProcessId> others = new LinkedHashSet<>();
        Map<String, Path> folders = new LinkedHashMap<>();
        Set<Integer> ports = new LinkedHashSet<>();
        while (lines.hasNext()) {
            String line = lines.next();
            String what = line.substring(0, line.indexOf(' ') + 1);
            String told = line.substring(what.length());
            if (FOLDER.matcher(what).matches()) {
                folder(what, told).ifPresent(path -> folders.put(what.equals("/ ") ? line : what.strip(), path));
                continue;
            }
            switch (what) {
                case "+ " -> leaders.put(identity(told).pid(), identity(told));
                case "- " -> {
                    if (told.startsWith("/")) {
                        folders.remove(told);
                    } else if (told.startsWith("p ")) {
                        ports.remove(port(told.substring(2)));
                    } else {
                        forget(told, leaders, others);
                    }
                }
                case "= " -> others.add(identity(told));
                case "p " -> ports.add(port(told));
                case "u " -> {
                    // For the watchdog alone.
                }
                default ->
                    throw new IllegalArgumentException("the line \"" + shortened(line) + "\" is none of a record");
            }
        }
        return new FormerRun(
                new Machine(boot, pids, Long.parseLong(user)),
                jvm,
                base,
                Set.copyOf(leaders.values()),
                Set.copyOf(others),
                Set.copyOf(folders.values()),
                Set.copyOf(ports));
    }

    private static String value(Iterator<String> lines, String key) {
        String line = lines.hasNext() ? lines.next() : "";
        if (!line.startsWith(key)) {
            throw new IllegalArgumentException(
                    "it has \"" + shortened(line) + "\" where \"" + key.strip() + "\" belongs");
        }
        return line.substring(key.length());
    }

    private static void forget(String told, Map<Long, ProcessId> leaders, Set<ProcessId> others) {
        if (told.matches("[1-9]\\d{0,17}")) {
            leaders.remove(Long.parseLong(told));
        } else {
            others.remove(identity(told));
        }
    }

    private static ProcessId identity(String text) {
        Matcher identity = IDENTITY.matcher(text);
        if (!identity.matches()) {
            throw new IllegalArgumentException("\"" + shortened(text) + "\" names no process");
        }
        return new ProcessId(Long.parseLong(identity.group(1)), Long.parseLong(identity.group(2)));
    }

    private static int port(String text) {
        if (!PORT.matcher(text).matches()) {
            throw new IllegalArgumentException("\"" + shortened(text) + "\" is no port");
        }
        return Integer.parseInt(text);
    }

    /** Without a number it is meant as it stands. */
    private static Optional<Path> folder(String what, String text) {
        try {
            return what.equals("/ ") ? Optional.of(Path.of(text)) : PathText.decode(text);
        } catch (InvalidPathException e) {
            // Written in another locale: nobody here can see that somebody works there.
            return Optional.empty();
        }
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    /** The id that its processes carry. */
    String run() {
        return RunCookie.runOf(jvm);
    }

    /** The JVM, for messages. */
    String describe() {
        return "the JVM with pid " + jvm.pid() + " in " + base;
    }

    /** Whether a file is one of its logs: those lie in its folders, and all else below these. */
    boolean isLog(Path file) {
        return file.getParent() != null && folders.contains(file.getParent());
    }

    /** By what its processes are known while it lives. */
    RunSigns signs() {
        Set<ProcessId> processes = new HashSet<>(leaders);
        processes.addAll(others);
        return new RunSigns(processes, folders, ports);
    }
}
