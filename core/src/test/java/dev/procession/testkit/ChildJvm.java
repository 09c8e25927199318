package dev.procession.testkit;

import dev.procession.launch.RunCookie;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Another JVM with a main class of the tests: for what a JVM can do only once, or only when started in a certain way. */
public final class ChildJvm {

    public static final long PATIENCE_SECONDS = 120;

    private static final String RUNS = "procession.runs";

    private final String main;
    private final List<String> arguments;
    private final List<String> options = new ArrayList<>();
    private List<String> wrapper = List.of();
    private boolean hasGroupOfItsOwn;
    private String classPath = System.getProperty("java.class.path");

    private ChildJvm(Class<?> main, String... arguments) {
        this.main = main.getName();
        this.arguments = List.of(arguments);
    }

    public static ChildJvm of(Class<?> main, String... arguments) {
        return new ChildJvm(main, arguments);
    }

    public ChildJvm option(String option) {
        options.add(option);
        return this;
    }

    public ChildJvm nativeAccess() {
        return option("--enable-native-access=ALL-UNNAMED");
    }

    /** Shell code that runs before the JVM takes the shell's place. */
    public ChildJvm after(String script) {
        wrapper = List.of("sh", "-c", script + "\nexec \"$@\"", "sh");
        return this;
    }

    /** A command in front of the JVM's. */
    public ChildJvm under(String... command) {
        wrapper = List.of(command);
        return this;
    }

    /** For one that looks who is in its group: in that of this JVM are the orphans of all tests that run at the moment. */
    public ChildJvm inAGroupOfItsOwn() {
        hasGroupOfItsOwn = true;
        return this;
    }

    public ChildJvm without(String jar) {
        classPath = Arrays.stream(classPath.split(File.pathSeparator))
                .filter(entry -> !new File(entry).getName().startsWith(jar))
                .collect(Collectors.joining(File.pathSeparator));
        return this;
    }

    /** The command line, for tests that run it under supervision. It keeps its records where this JVM does. */
    public List<String> command() {
        List<String> command = new ArrayList<>(hasGroupOfItsOwn ? List.of("setsid") : List.of());
        command.addAll(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-Xshare:auto"));
        // In a pid namespace it would complain that somebody else has the file of its number.
        command.add("-XX:-UsePerfData");
        String runs = System.getProperty(RUNS);
        if (runs != null && !hasRecordsOfItsOwn()) {
            command.add("-D" + RUNS + "=" + runs);
        }
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(arguments);
        return command;
    }

    private boolean hasRecordsOfItsOwn() {
        return options.stream().anyMatch(option -> option.startsWith("-D" + RUNS + "="));
    }

    /** Its records are nobody else's: what one test leaves on purpose is not for the JVM of another to end. */
    public Process start(Path folder) throws IOException {
        if (wrapper.isEmpty() && !hasRecordsOfItsOwn()) {
            option("-D" + RUNS + "=" + folder.toAbsolutePath().resolve("records"));
        }
        ProcessBuilder builder = new ProcessBuilder(command())
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(folder.resolve("jvm-stdout").toFile())
                .redirectError(folder.resolve("jvm-stderr").toFile());
        builder.environment().put(RunCookie.RUN, Processes.run());
        return builder.start();
    }

    /** Runs it to its end in a folder. */
    public Result run(Path folder) throws IOException, InterruptedException {
        return await(start(folder), folder);
    }

    public Result run(Path folder, long patienceSeconds) throws IOException, InterruptedException {
        return await(start(folder), folder, patienceSeconds);
    }

    public static Result await(Process process, Path folder) throws IOException, InterruptedException {
        return await(process, folder, PATIENCE_SECONDS);
    }

    private static Result await(Process process, Path folder, long patienceSeconds)
            throws IOException, InterruptedException {
        boolean ended = process.waitFor(patienceSeconds, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        Result result = new Result(
                process.exitValue(),
                Files.readString(folder.resolve("jvm-stdout")),
                Files.readString(folder.resolve("jvm-stderr")));
        if (!ended) {
            throw new AssertionError("Expected the other JVM to end within " + patienceSeconds + " s: " + result);
        }
        return result;
    }

    /** How it ended and what it wrote. */
    public record Result(int exitCode, String stdout, String stderr) {
        public Result expectSuccess() {
            if (exitCode != 0) {
                throw new AssertionError("Expected exit code 0, but was " + this);
            }
            return this;
        }
    }
}
