package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.Placeholders;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.Template;
import dev.procession.supervise.ForeignStart;
import dev.procession.supervise.Supervisor;
import dev.procession.testkit.ChildJvm;
import dev.procession.watch.PidFile;
import dev.procession.watch.PidFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a directory whose name cannot be read in the JVM's locale, as a C one in a container, no path is taken for another. */
class BaseDirectoryTest {

    private static final List<String> WORDS = List.of("start", "query", "pidfile", "pids", "wait", "template", "here");

    @TempDir
    Path folder;

    public static final class Caller {
        private Caller() {}

        public static void main(String[] words) {
            for (String word : words) {
                try {
                    switch (word) {
                        case "start" -> {
                            try (Supervisor supervisor = Supervisor.create()) {
                                supervisor.start(ProcessSpec.command("sh", "-c", "echo started > started; sleep 1000")
                                        .ready(Readiness.DEFAULT.log("never"))
                                        .build());
                            }
                        }
                        case "query" -> ProcessQuery.named("./server").find();
                        case "pidfile" -> PidFile.at(Path.of("server.pid")).find();
                        case "pids" -> PidFiles.in(Path.of("pids")).remove("*");
                        case "wait" -> ForeignStart.of(ProcessQuery.named("server"), Readiness.DEFAULT);
                        case "template" -> Template.read("server.conf", "server.conf");
                        default -> Placeholders.expandHere("command", "${basedir}");
                    }
                    System.out.println(word + ": nothing");
                } catch (Throwable e) {
                    System.out.println(word + ": " + e);
                }
            }
            System.exit(0);
        }
    }

    private String outputInCLocale(Path directory) throws Exception {
        return ChildJvm.of(Caller.class, WORDS.toArray(String[]::new))
                .under("env", "LC_ALL=C")
                .option("-Dprocession.runs=" + folder.resolve("records"))
                .run(directory)
                .expectSuccess()
                .stdout();
    }

    @Test
    void aDirectoryThatTheLocaleCannotReadIsAnErrorOfEverythingThatStartsThere() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("grün"));

        String expected = "dev.procession.process.InvalidSpecException: 'basedir' is \"" + folder
                + "/gr??n\": the name of the directory the JVM was started in cannot be read in its locale's charset"
                + " ANSI_X3.4-1968; start the JVM with LC_ALL=C.UTF-8\n";
        StringBuilder all = new StringBuilder();
        WORDS.forEach(word -> all.append(word).append(": ").append(expected));
        assertThat(outputInCLocale(directory)).isEqualTo(all.toString());
        assertThat(names(folder)).containsExactly("grün");
        assertThat(names(directory)).containsExactlyInAnyOrder("jvm-stdout", "jvm-stderr");
    }

    private static List<String> names(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
