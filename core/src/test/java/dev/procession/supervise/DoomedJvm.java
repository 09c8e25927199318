package dev.procession.supervise;

import dev.procession.launch.Readiness;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Processes;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a JVM does until it is killed. Its arguments are the moment and the specimens. */
final class DoomedJvm {

    /** Its processes' folders, in the one it runs in. */
    static final Path FOLDER = Path.of("processes");

    /** It goes on when that is there. */
    static final Path GO = Path.of("go");

    private static final int MOST_ROUNDS = 12;
    private static final String WARM = "warm";

    private final Moment moment;
    private final List<Specimen> specimens;
    private final Supervisor supervisor = Supervisor.create(FOLDER);

    private DoomedJvm(Moment moment, List<Specimen> specimens) {
        this.moment = moment;
        this.specimens = specimens;
    }

    /** The name of a process. */
    static String name(int specimen, int round) {
        return "specimen-" + specimen + "-" + round;
    }

    public static void main(String[] arguments) throws Exception {
        DoomedJvm jvm = new DoomedJvm(
                Moment.valueOf(arguments[0]),
                Arrays.stream(arguments).skip(1).map(Specimen::parse).toList());
        // A child of this JVM that is none of the supervisor's.
        new ProcessBuilder("sleep", Nature.PLAIN.number())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        System.out.println("up " + Processes.run());
        Await.exists(GO);
        jvm.live();
        Thread.sleep(600_000);
    }

    private void live() throws InterruptedException {
        if (moment != Moment.FIRST_START) {
            supervisor.start(Stage.script(WARM, "echo ready; exec sleep " + Nature.PLAIN.number())
                    .ready(Readiness.DEFAULT.log("ready"))
                    .stop(Stage.QUICK)
                    .build());
        }
        switch (moment) {
            case FIRST_START, READINESS, BACKOFF -> {
                begin();
                add(0);
            }
            case SPAWN -> {
                begin();
                for (int round = 0; round < MOST_ROUNDS; round++) {
                    add(round);
                    Thread.sleep(3);
                }
            }
            case STOP -> {
                startAll();
                begin();
                while (true) {
                    supervisor.stopAll();
                    supervisor.startAll();
                }
            }
            case EXIT -> {
                startAll();
                begin();
                System.exit(0);
            }
        }
    }

    private static void begin() {
        System.out.println("begin");
    }

    private void add(int round) {
        for (int i = 0; i < specimens.size(); i++) {
            supervisor.add(specimens.get(i).spec(name(i, round), moment));
        }
    }

    private void startAll() {
        List<SupervisedProcess> started = new ArrayList<>();
        for (int i = 0; i < specimens.size(); i++) {
            started.add(supervisor.start(specimens.get(i).spec(name(i, 0), moment)));
        }
        for (int i = 0; i < specimens.size(); i++) {
            if (specimens.get(i).nature() == Nature.ACCOMPANIED) {
                accompany(started.get(i));
            }
        }
    }

    private static void accompany(SupervisedProcess process) {
        Await.async(() -> {
            try {
                return process.exec("sh", "-c", "(setsid sleep $0 &); exec sleep $0", Nature.ACCOMPANIED.number());
            } catch (ProcessionException e) {
                // It ends with what it accompanies.
                return e;
            }
        });
    }
}
