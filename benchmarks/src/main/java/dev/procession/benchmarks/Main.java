package dev.procession.benchmarks;

import java.io.File;
import java.io.PrintStream;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the programs that are named, or all of them, and prints their tables. */
public final class Main {

    private static final Duration LONGEST = Duration.ofMinutes(15);

    private Main() {}

    private interface Program {
        void run(Effort effort, PrintStream out) throws Exception;
    }

    private static Map<String, Program> programs() {
        Map<String, Program> programs = new LinkedHashMap<>();
        programs.put("spawn", Spawning::run);
        programs.put("death", Deaths::run);
        programs.put("ready", Waits::run);
        programs.put("fixture", Fixture::run);
        programs.put("scan", Scans::run);
        programs.put("supervise", Supervising::run);
        programs.put("load", Loading::run);
        return programs;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Program> programs = programs();
        List<String> wanted = new ArrayList<>(List.of(arguments));
        boolean quick = wanted.remove("--quick");
        if (!programs.keySet().containsAll(wanted)) {
            System.err.println("usage: java -jar benchmarks.jar [--quick] " + programs.keySet());
            System.exit(2);
        }
        giveUpAfter(LONGEST);
        Effort effort = new Effort(quick);
        System.out.println(machine(quick));
        boolean failed = false;
        for (Map.Entry<String, Program> program : programs.entrySet()) {
            if (wanted.isEmpty() || wanted.contains(program.getKey())) {
                failed |= !ran(program.getKey(), program.getValue(), effort);
            }
        }
        // Some of what is compared keeps threads that are no daemons.
        System.exit(failed ? 1 : 0);
    }

    /** What goes wrong in one leaves the others to be seen. */
    private static boolean ran(String name, Program program, Effort effort) {
        try {
            program.run(effort, System.out);
            return true;
        } catch (Exception e) {
            System.out.println("\n  " + name + ": failed, " + e);
            e.printStackTrace();
            return false;
        }
    }

    private static void giveUpAfter(Duration longest) {
        Thread thread = new Thread(
                () -> {
                    try {
                        Thread.sleep(longest.toMillis());
                    } catch (InterruptedException e) {
                        return;
                    }
                    System.err.println("not done after " + longest + ", given up");
                    System.exit(3);
                },
                "deadline");
        thread.setDaemon(true);
        thread.start();
    }

    private static String machine(boolean quick) {
        return LocalDate.now() + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + System.getProperty("os.name") + " "
                + System.getProperty("os.version").replaceAll("-.*", "") + " "
                + System.getProperty("os.arch") + ", JDK " + Runtime.version().feature()
                + (quick ? ", quick: too few samples to judge by" : "")
                + "; times in ms, x is the median against that of the first line";
    }

    /** What starts another JVM with a class of this program. */
    static List<String> java(Class<?> main, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        command.add("-cp");
        command.add(new File(System.getProperty("java.class.path")).getAbsolutePath());
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return command;
    }
}
