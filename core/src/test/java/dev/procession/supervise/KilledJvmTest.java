package dev.procession.supervise;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Container;
import dev.procession.testkit.Enclosure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * JVMs that are killed at any moment, with processes of every nature. Who has survived is told by the space of process ids
 * that each has for itself, and not by any sign of ours.
 */
class KilledJvmTest {

    /** How many processes' natures are tried; long with the profile {@code soak}. */
    private static final int TRIALS = Integer.getInteger("procession.soak.trials", 100);

    /** A trial waits for half of its time. */
    private static final int AT_ONCE = 3;

    private static final int MOST_SPECIMENS = 4;

    /** For a machine under load. Nobody waits so long for what is gone. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** So often in a row nobody must be seen: a chain of processes can be missed by one look. */
    private static final int LOOKS = 3;

    /** Other moments every time; {@code -Dprocession.soak.seed} has the same ones again. */
    @Test
    void killedAtAnyMoment_leavesNothingAndTouchesNobodyElse(@TempDir Path folder) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
        Enclosure.Way way = Enclosure.assumePossible();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        long seed = Long.getLong("procession.soak.seed", new Random().nextLong());
        Random random = new Random(seed);
        List<Trial> trials = new ArrayList<>();
        for (int left = TRIALS;
                left > 0;
                left -= trials.get(trials.size() - 1).specimens().size()) {
            trials.add(Trial.draw(random, Math.min(left, MOST_SPECIMENS), way.hasUsers()));
        }
        ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE, task -> {
            Thread thread = new Thread(task, "trial");
            thread.setDaemon(true);
            return thread;
        });
        long start = System.nanoTime();
        List<Verdict> verdicts = new ArrayList<>();
        try {
            List<Callable<Verdict>> tasks = new ArrayList<>();
            for (int i = 0; i < trials.size(); i++) {
                Trial trial = trials.get(i);
                Path own = Files.createDirectory(folder.resolve("trial-" + i));
                tasks.add(() -> trial.judged(way, own));
            }
            for (Future<Verdict> verdict : workers.invokeAll(tasks)) {
                verdicts.add(verdict.get());
            }
        } finally {
            workers.shutdownNow();
        }
        int met = verdicts.stream().mapToInt(Verdict::met).sum();
        System.out.println("[soak] " + TRIALS + " supervised processes of " + trials.size() + " JVMs, which met their"
                + " end together with " + met + " processes in "
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s"
                + (way.hasUsers() ? "" : ", none of them as another user, since there is none in their space")
                + ", seed " + seed);
        assertThat(verdicts.stream().flatMap(verdict -> verdict.complaints().stream()))
                .as(() -> "what went wrong, with -Dprocession.soak.seed=" + seed + ": " + table(trials, verdicts))
                .isEmpty();
        assertThat(met).as("processes to kill").isPositive();
    }

    private static String table(List<Trial> trials, List<Verdict> verdicts) {
        Map<Nature, int[]> counts = new EnumMap<>(Nature.class);
        for (int i = 0; i < trials.size(); i++) {
            Verdict verdict = verdicts.get(i);
            for (Specimen specimen : trials.get(i).specimens()) {
                int[] count = counts.computeIfAbsent(specimen.nature(), nature -> new int[2]);
                count[0] += verdict.survived().contains(specimen.nature()) ? 1 : 0;
                count[1]++;
            }
        }
        long killed = verdicts.stream()
                .filter(verdict -> !verdict.complaints().isEmpty())
                .count();
        return killed + " of " + trials.size() + " JVMs; "
                + counts.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue()[0] + " of " + entry.getValue()[1])
                        .collect(joining(", "));
    }

    /**
     * What has become of a JVM's processes, and of others.
     *
     * @param met how many of them were there when it was killed
     * @param survived the natures of those who live
     */
    private record Verdict(int met, List<String> complaints, Set<Nature> survived) {

        Verdict of(Trial trial) {
            return new Verdict(
                    met,
                    complaints.stream()
                            .map(complaint -> trial + ": " + complaint)
                            .toList(),
                    survived);
        }
    }

    /**
     * One JVM.
     *
     * @param delayNanos how long after it has begun it is killed
     * @param contained whether it has the capabilities of a container only
     */
    private record Trial(Moment moment, long delayNanos, String backend, boolean contained, List<Specimen> specimens) {

        static Trial draw(Random random, int most, boolean hasUsers) {
            Moment moment = Moment.values()[random.nextInt(Moment.values().length)];
            double part = random.nextDouble();
            long delay = (long) (TimeUnit.MILLISECONDS.toNanos(moment.longestMillis()) * part * part);
            String backend = random.nextInt(5) == 0 ? "portable" : "native";
            boolean contained = random.nextInt(4) == 0 && hasUsers;
            List<Specimen> specimens = new ArrayList<>();
            for (int i = random.nextInt(most); i >= 0; i--) {
                specimens.add(Specimen.draw(random, moment, backend.equals("native"), hasUsers));
            }
            return new Trial(moment, delay, backend, contained, specimens);
        }

        /** What cannot be tried is a complaint as well, by which the others are not held up. */
        Verdict judged(Enclosure.Way way, Path folder) {
            Verdict verdict;
            try {
                verdict = run(way, folder);
            } catch (Exception | AssertionError e) {
                verdict = new Verdict(0, List.of("could not be tried: " + e), Set.of());
            }
            return verdict.of(this);
        }

        private Verdict run(Enclosure.Way way, Path folder) throws Exception {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            try (Enclosure enclosure = way.enclose(folder, script(), command(folder))) {
                Set<ProcessId> strangers = new HashSet<>();
                String up = expect(enclosure, folder, "up ");
                String run = up.substring("up ".length());
                enclosure.send(run);
                expect(enclosure, folder, "placed");
                for (String record : Strangers.records()) {
                    Await.lines(folder.resolve(record), 1);
                }
                long jvm = Long.parseLong(run.substring(0, run.indexOf('-')));
                for (ProcessInfo row : enclosure.inhabitants()) {
                    if (row.pid() != jvm) {
                        strangers.add(row.id());
                    }
                }
                Files.createFile(folder.resolve("run").resolve(DoomedJvm.GO));
                expect(enclosure, folder, "begin");
                long end = System.nanoTime() + delayNanos;
                while (System.nanoTime() < end) {
                    Thread.sleep(0, 50_000);
                }
                int met = enclosure.inhabitants().size() - strangers.size() - 1;
                List<String> complaints = new ArrayList<>();
                if (moment != Moment.EXIT && isGone(enclosure, jvm)) {
                    complaints.add("ended by itself: " + errors(folder));
                }
                enclosure.send("kill");
                expect(enclosure, folder, "killed");
                List<ProcessInfo> survivors = survivors(enclosure, strangers);
                Set<Nature> survived = new HashSet<>();
                for (ProcessInfo survivor : survivors) {
                    complaints.add("survived: " + enclosure.describe(survivor));
                    survived.addAll(natures(enclosure.commandLine(survivor)));
                }
                complaints.addAll(touched(enclosure, folder, strangers));
                return new Verdict(met, complaints, survived);
            }
        }

        private List<String> names() {
            return IntStream.range(0, specimens.size())
                    .mapToObj(i -> DoomedJvm.name(i, 0))
                    .toList();
        }

        private String script() {
            List<Nature> natures = specimens.stream().map(Specimen::nature).toList();
            return String.join(
                    "\n",
                    Strangers.early(names(), natures),
                    "(cd run && exec \"$@\" 2>jvm-stderr </dev/null) &",
                    "jvm=$!",
                    "read -r run",
                    Strangers.late(names(), natures),
                    "echo placed",
                    "read -r now",
                    "kill -s KILL $jvm",
                    "wait $jvm",
                    "echo killed",
                    "while read -r rest; do :; done");
        }

        private List<String> command(Path folder) {
            List<String> arguments = new ArrayList<>(List.of(moment.name()));
            specimens.forEach(specimen -> arguments.add(specimen.toString()));
            ChildJvm jvm = ChildJvm.of(DoomedJvm.class, arguments.toArray(String[]::new))
                    .nativeAccess()
                    .option("-Dprocession.backend=" + backend)
                    .option("-Dprocession.runs=" + folder.resolve("records"));
            return (contained ? jvm.under(Container.root()) : jvm).command();
        }

        private static String expect(Enclosure enclosure, Path folder, String beginning) throws IOException {
            String line = enclosure.nextLine();
            if (line == null || !line.startsWith(beginning)) {
                throw new AssertionError("Expected \"" + beginning + "\", but was " + line + "; " + errors(folder));
            }
            return line;
        }

        private static String errors(Path folder) throws IOException {
            return Files.readString(folder.resolve("enclosure-stderr"))
                    + Files.readString(folder.resolve("run").resolve("jvm-stderr"));
        }

        private static boolean isGone(Enclosure enclosure, long pid) throws IOException {
            return enclosure.inhabitants().stream().noneMatch(row -> row.pid() == pid);
        }

        /** Its watchdog is one, too, as long as it is there. */
        private static List<ProcessInfo> survivors(Enclosure enclosure, Set<ProcessId> strangers) throws Exception {
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            List<ProcessInfo> found;
            int calm = 0;
            while (true) {
                found = enclosure.inhabitants().stream()
                        .filter(row -> !strangers.contains(row.id()))
                        .toList();
                calm = found.isEmpty() ? calm + 1 : 0;
                if (calm == LOOKS || System.nanoTime() > deadline) {
                    return found;
                }
                Thread.sleep(10);
            }
        }

        private static Set<Nature> natures(List<String> commandLine) {
            Set<Nature> natures = new HashSet<>();
            for (Nature nature : Nature.values()) {
                if (commandLine.contains(nature.number())) {
                    natures.add(nature);
                }
            }
            return natures;
        }

        private static List<String> touched(Enclosure enclosure, Path folder, Set<ProcessId> strangers)
                throws IOException {
            List<String> complaints = new ArrayList<>();
            Set<ProcessId> gone = new HashSet<>(strangers);
            for (ProcessInfo row : enclosure.inhabitants()) {
                if (gone.remove(row.id()) && row.state() == RunState.STOPPED) {
                    complaints.add("stopped a stranger: " + enclosure.describe(row));
                }
            }
            gone.forEach(id -> complaints.add("killed a stranger: " + id));
            for (String record : Strangers.records()) {
                String signals = Files.readString(folder.resolve(record));
                if (!signals.equals("up\n")) {
                    complaints.add("signalled the stranger of " + record + ": " + signals.replace('\n', ' '));
                }
            }
            return complaints;
        }
    }
}
