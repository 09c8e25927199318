package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told to use the same folder as somebody who lives gets another beside it; whoever is alone gets it as it is. */
class SharedFolderTest {

    @TempDir
    private Path folder;

    private static ProcessSpec saying(String name, String word) {
        return ProcessSpec.command("sh", "-c", "echo " + word + "; exec sleep 1000")
                .name(name)
                .ready(Readiness.DEFAULT.log("^" + word + "$"))
                .stop(Stage.PATIENT)
                .build();
    }

    private static Path log(SupervisedProcess process) {
        return process.log().files().get(0);
    }

    @Test
    void twoSupervisors_processOfOneName_eachHasItsLog() {
        try (Supervisor first = Supervisor.create(folder);
                Supervisor second = Supervisor.create(folder)) {
            SupervisedProcess one = first.start(saying("db", "one"));
            SupervisedProcess two = second.start(saying("db", "two"));

            assertThat(log(one)).isEqualTo(folder.resolve("db/stdout.log")).hasContent("one");
            assertThat(log(two)).isEqualTo(folder.resolve("db~2/stdout.log")).hasContent("two");
            assertThat(two.directory()).isEqualTo(folder.resolve("db~2/work"));
        }
    }

    @Test
    void twoSupervisorsOfTheDefaultFolder_processOfOneName_bothLive() {
        try (Supervisor first = Supervisor.create();
                Supervisor second = Supervisor.create()) {
            SupervisedProcess one = first.start(saying("db-of-two", "one"));
            SupervisedProcess two = second.start(saying("db-of-two", "two"));

            assertThat(log(one)).isNotEqualTo(log(two)).hasContent("one");
            assertThat(log(two)).hasContent("two");
        }
    }

    @Test
    void processThatWasOnlyAdded_hasItsFolderAlready() {
        try (Supervisor first = Supervisor.builder().folder(folder).idle().build();
                Supervisor second = Supervisor.create(folder)) {
            SupervisedProcess added = first.add(saying("db", "one"));
            SupervisedProcess started = second.start(saying("db", "two"));
            first.open();

            assertThat(added.directory()).isEqualTo(folder.resolve("db/work"));
            assertThat(started.directory()).isEqualTo(folder.resolve("db~2/work"));
        }
    }

    @Test
    void folderThatWasGivenBack_isTheNextOnes() {
        try (Supervisor first = Supervisor.create(folder)) {
            first.start(saying("db", "one"));
        }
        try (Supervisor second = Supervisor.create(folder)) {
            SupervisedProcess again = second.start(saying("db", "two"));

            assertThat(log(again)).isEqualTo(folder.resolve("db/stdout.log")).hasContent("two");
            assertThat(folder.resolve("db~2")).doesNotExist();
        }
    }

    @Test
    void processThatIsCalledLikeAnAlternative_hasItsOwn() {
        try (Supervisor first = Supervisor.create(folder);
                Supervisor second = Supervisor.create(folder)) {
            first.start(saying("db", "one"));
            List<SupervisedProcess> both = second.startAll(List.of(saying("db", "two"), saying("db-2", "three")));

            assertThat(both)
                    .extracting(SupervisedProcess::directory)
                    .containsExactly(folder.resolve("db~2/work"), folder.resolve("db-2/work"));
        }
    }

    /** Through a link, it is the same folder. */
    @Test
    void folderBehindALink_isTheSame() throws Exception {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        try (Supervisor first = Supervisor.create(real);
                Supervisor second = Supervisor.create(link)) {
            first.start(saying("db", "one"));
            SupervisedProcess two = second.start(saying("db", "two"));

            assertThat(log(two)).isEqualTo(link.resolve("db~2/stdout.log"));
        }
    }

    /** By its locks, a JVM in a container or of another user excludes nobody here; but it leaves its name. */
    @Test
    void folderThatIsMarkedByAJvmThatLives_isLeftAlone() throws Exception {
        Process other = new ProcessBuilder("sleep", "1000").start();
        try (Supervisor supervisor = Supervisor.create(folder)) {
            long ticks = Processes.identity(other.pid()).startTicks();
            Path marker = Files.createDirectories(folder.resolve("db")).resolve(".procession");
            Files.writeString(marker, "In use by pid " + other.pid() + ", started at tick " + ticks + ", as db@7.\n");

            SupervisedProcess process = supervisor.start(saying("db", "one"));

            assertThat(log(process)).isEqualTo(folder.resolve("db~2/stdout.log"));
            assertThat(folder.resolve("db").toFile().list()).containsExactly(".procession");
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    /** All begin at once, so that no look before a claim would do. */
    @Test
    void manyJvmsAtOnce_processOfOneName_eachHasItsLog() throws Exception {
        int count = 6;
        Path shared = folder.resolve("shared");
        Map<Path, Process> jvms = new LinkedHashMap<>();
        try {
            for (int i = 0; i < count; i++) {
                Path own = Files.createDirectory(folder.resolve("jvm-" + i));
                jvms.put(
                        own,
                        ChildJvm.of(OneOfMany.class, shared.toString(), "word-" + i, Integer.toString(count))
                                .nativeAccess()
                                .start(own));
            }
            List<String> logs = new ArrayList<>();
            for (Map.Entry<Path, Process> jvm : jvms.entrySet()) {
                logs.add(ChildJvm.await(jvm.getValue(), jvm.getKey())
                        .expectSuccess()
                        .stdout()
                        .strip());
            }

            assertThat(logs).allMatch(log -> log.startsWith(shared.resolve("db") + ""));
            assertThat(logs.stream().map(log -> log.substring(0, log.indexOf(' '))))
                    .doesNotHaveDuplicates()
                    .contains(shared.resolve("db/stdout.log").toString());
            assertThat(logs.stream().map(log -> log.substring(log.indexOf(' ') + 1)))
                    .containsExactly("word-0", "word-1", "word-2", "word-3", "word-4", "word-5");
        } finally {
            jvms.values().forEach(Process::destroyForcibly);
        }
    }

    /** Lives until all have told where their log is. */
    public static final class OneOfMany {
        public static void main(String[] arguments) throws Exception {
            Path shared = Path.of(arguments[0]);
            try (Supervisor supervisor = Supervisor.create(shared)) {
                SupervisedProcess process = supervisor.start(saying("db", arguments[1]));
                Path meeting = Files.createDirectories(shared.resolve("meeting"));
                Files.createFile(meeting.resolve(arguments[1]));
                Await.until("all are there", () -> meeting.toFile().list().length >= Integer.parseInt(arguments[2]));
                System.out.println(
                        log(process) + " " + Files.readString(log(process)).strip());
                // Nobody gives back what others may still be looking at.
                Files.createFile(meeting.resolve(arguments[1] + "-done"));
                Await.until(
                        "all have read", () -> meeting.toFile().list().length == 2 * Integer.parseInt(arguments[2]));
            }
        }
    }
}
