package dev.procession.supervise;

import java.util.ArrayList;
import java.util.List;

/**
 * Processes that look like a run's and are nobody's. Some sleep under the command lines of the run's, in folders of equal
 * names; others take down every signal they get.
 */
final class Strangers {

    /** Says "up", and each signal that comes. */
    private static final String RECORDER = "for my $s (qw(HUP INT QUIT TERM CONT TSTP USR1 USR2 PIPE ALRM)) {"
            + " $SIG{$s} = sub { syswrite STDOUT, \"$s\\n\" } } syswrite STDOUT, \"up\\n\"; sleep 1 while 1";

    private static final String RECORDS = "records";

    private Strangers() {}

    /**
     * Places them, before the JVM is there, in the folder {@code strangers} beside the one that it runs in.
     *
     * @param names of the run's processes
     */
    static String early(List<String> names, List<Nature> natures) {
        List<String> lines = new ArrayList<>();
        lines.add("mkdir -p run/" + DoomedJvm.FOLDER + " strangers/" + RECORDS);
        lines.add(recorder("early-inside", "cd run/" + DoomedJvm.FOLDER));
        lines.add(recorder("early-beside", "cd strangers"));
        for (int i = 0; i < names.size(); i++) {
            String same = "strangers/" + DoomedJvm.FOLDER + "/" + names.get(i);
            lines.add("mkdir -p " + same);
            lines.add(sleeper(same, natures.get(i)));
            // Reads a log of the run, but writes to none.
            lines.add("tail -n 0 -F run/" + DoomedJvm.FOLDER + "/" + names.get(i)
                    + "/stdout.log >/dev/null 2>&1 </dev/null &");
        }
        return String.join("\n", lines);
    }

    /** The same when the JVM is there, with its run as {@code $run}. */
    static String late(List<String> names, List<Nature> natures) {
        List<String> lines = new ArrayList<>();
        // Nobody's whose mark is another run's, wherever it works.
        lines.add(recorder("late-other-run", "cd run/" + DoomedJvm.FOLDER + "; export PROCESSION_RUN=\"${run}0\""));
        lines.add(
                recorder("late-other-variable", "cd run; export NO_PROCESSION_RUN=\"$run\" A=\"PROCESSION_RUN=$run\""));
        lines.add("mkdir -p run/" + DoomedJvm.FOLDER + "-2");
        lines.add(recorder("late-next-folder", "cd run/" + DoomedJvm.FOLDER + "-2"));
        for (int i = 0; i < names.size(); i++) {
            lines.add(sleeper("strangers/" + DoomedJvm.FOLDER + "/" + names.get(i), natures.get(i)));
        }
        return String.join("\n", lines);
    }

    /** The records that are there when all are up. */
    static List<String> records() {
        return List.of("early-inside", "early-beside", "late-other-run", "late-other-variable", "late-next-folder")
                .stream()
                .map(name -> "strangers/" + RECORDS + "/" + name + "/stdout.log")
                .toList();
    }

    private static String recorder(String name, String before) {
        String record = "strangers/" + RECORDS + "/" + name;
        return "mkdir -p " + record + "; (exec >" + record + "/stdout.log 2>/dev/null </dev/null; " + before
                + "; exec setsid perl -e '" + RECORDER + "') &";
    }

    private static String sleeper(String folder, Nature nature) {
        return "(cd " + folder + "; exec sleep " + nature.number() + " >stdout.log 2>&1 </dev/null) &";
    }
}
