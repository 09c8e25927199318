package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.procession.supervise.SupervisedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.engine.reporting.FileEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** The logs beside the report: those of failed tests, and no others. */
class PublishedLogsTest {

    /** The published files by the test and folder under which they were published. */
    private static Map<String, String> published(EngineExecutionResults results) {
        Map<String, String> published = new TreeMap<>();
        results.allEvents().fileEntryPublished().stream().forEach(event -> {
            Path folder = event.getRequiredPayload(FileEntry.class).getPath();
            String prefix = event.getTestDescriptor().getDisplayName() + "/" + folder.getFileName() + "/";
            contents(folder).forEach((name, text) -> published.put(prefix + name, Kit.normalised(text)));
        });
        return published;
    }

    private static Map<String, String> contents(Path folder) {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return contents;
    }

    @Sleeper
    @ManagedProcess(
            name = "other",
            command = {"sh", "-c", "echo up; echo oops >&2; exec sleep 600"},
            ready = @Ready(log = "oops"))
    static class OneOfTwoFails {
        @Test
        void fails() {
            throw new IllegalStateException("my own failure");
        }

        @Test
        void passes() {}
    }

    @Test
    void logsOfAllVisibleProcessesArePublishedForTheFailedTestOnly() {
        assertThat(published(Kit.run(OneOfTwoFails.class)))
                .isEqualTo(Map.of(
                        "fails()/procession-sleeper/stdout.log", "port PORT\n",
                        "fails()/procession-sleeper/stderr.log", "",
                        "fails()/procession-other/stdout.log", "up\n",
                        "fails()/procession-other/stderr.log", "oops\n"));
    }

    @Sleeper
    static class Passes {
        @Test
        void passes() {}
    }

    @ManagedProcess(
            name = "replaced",
            command = {
                "sh",
                "-c",
                "rm ../std*.log; mkfifo ../stdout.log; echo precious > other; ln -s work/other ../stderr.log; touch up;"
                        + " exec sleep 600"
            },
            ready = @Ready(file = "up"))
    static class ReplacesItsLogs {
        @Test
        void fails() {
            throw new IllegalStateException("my own failure");
        }
    }

    @Test
    void whatIsNoLogAnyMoreIsNotOpened() {
        assertThat(published(Kit.run(ReplacesItsLogs.class))).isEmpty();
    }

    @Test
    void nothingIsPublishedForPassingTests() {
        assertThat(published(Kit.run(Passes.class))).isEmpty();
    }

    @Sleeper
    static class FailsAfterwards {
        @Test
        void fails() {}

        @AfterEach
        void afterEach() {
            throw new IllegalStateException("my own failure");
        }
    }

    @Sleeper
    static class Dies {
        @Test
        void fails(SupervisedProcess sleeper) {
            ProcessHandle.of(sleeper.pid()).orElseThrow().destroyForcibly();
            sleeper.exit().join();
        }
    }

    @Test
    void failureAfterTheTestAndADeathCount() {
        for (Class<?> testClass : List.of(FailsAfterwards.class, Dies.class)) {
            assertThat(published(Kit.run(testClass)).values()).containsExactlyInAnyOrder("port PORT\n", "");
        }
    }

    @Sleeper
    static class FailsBeforeAll {
        @BeforeAll
        static void fails() {
            throw new IllegalStateException("my own failure");
        }

        @Test
        void never() {}
    }

    @Sleeper
    static class FailsDynamically {
        @TestFactory
        Stream<DynamicTest> factory() {
            return Stream.of(DynamicTest.dynamicTest("dynamic", () -> {
                throw new IllegalStateException("my own failure");
            }));
        }
    }

    @Test
    void failureBeforeAllTestsAndOfADynamicTestCount() {
        for (Class<?> testClass : List.of(FailsBeforeAll.class, FailsDynamically.class)) {
            assertThat(published(Kit.run(testClass)).values()).containsExactlyInAnyOrder("port PORT\n", "");
        }
    }

    static class OfOneTest {
        @Test
        void fails(@ManagedProcess(command = {"sh", "-c", "echo reason >&2; exit 1"}) SupervisedProcess broken) {}
    }

    @Test
    void logsOfATestsOwnFailedStartArePublishedForTheTest() {
        assertThat(published(Kit.run(OfOneTest.class)))
                .isEqualTo(Map.of(
                        "fails(SupervisedProcess)/procession-broken/stdout.log", "",
                        "fails(SupervisedProcess)/procession-broken/stderr.log", "reason\n"));
    }

    @Sleeper
    @ManagedProcess(
            name = "broken",
            command = {"sh", "-c", "echo reason >&2; exit 1"})
    static class DoesNotStart {
        @Test
        void never() {}
    }

    @Test
    void logsOfAFailedStartArePublishedForTheClass() {
        assertThat(published(Kit.run(DoesNotStart.class)))
                .isEqualTo(Map.of(
                        "PublishedLogsTest$DoesNotStart/procession-sleeper/stdout.log", "port PORT\n",
                        "PublishedLogsTest$DoesNotStart/procession-sleeper/stderr.log", "",
                        "PublishedLogsTest$DoesNotStart/procession-broken/stdout.log", "",
                        "PublishedLogsTest$DoesNotStart/procession-broken/stderr.log", "reason\n"));
    }

    @ManagedProcess(
            name = "talkative",
            command = {
                "sh",
                "-c",
                "echo first; head -c 10485750 /dev/zero | tr '\\0' '.'; echo; echo last one; echo up >&2; exec sleep 600"
            },
            ready = @Ready(log = "^up"))
    static class LogsMuch {
        @Test
        void fails() {
            throw new IllegalStateException("my own failure");
        }
    }

    @Test
    void ofALongLogTheEndIsPublished() {
        String log = published(Kit.run(LogsMuch.class)).get("fails()/procession-talkative/stdout.log");

        assertThat(log.substring(0, log.indexOf("....")))
                .isEqualTo("[the first 6 bytes are in BASEDIR/target/procession/PublishedLogsTest.LogsMuch/talkative/"
                        + "stdout.log only]\n");
        assertThat(log.substring(log.lastIndexOf("....") + 4)).isEqualTo("\nlast one\n");
    }

    @ManagedProcess(
            name = "leaky",
            command = {
                "sh",
                "-c",
                "printf 'using %s\\n\\377 %s' \"$API_TOKEN\" \"$0\"; echo $API_TOKEN up >&2; exec sleep 600",
                "redis://me:pässw0rd@host"
            },
            env = "API_TOKEN=s3cr3t-Value",
            ready = @Ready(log = "up"))
    static class LogsSecrets {
        @Test
        void fails() {
            throw new IllegalStateException("my own failure");
        }
    }

    @Test
    void secretsAreNotPublishedAndAllOtherBytesAreAsTheyWere() {
        Map<String, byte[]> published = new TreeMap<>();
        Kit.run(LogsSecrets.class).allEvents().fileEntryPublished().stream().forEach(event -> {
            Path folder = event.getRequiredPayload(FileEntry.class).getPath();
            for (String file : List.of("stdout.log", "stderr.log")) {
                published.put(file, bytes(folder.resolve(file)));
            }
        });

        assertThat(new String(published.get("stdout.log"), StandardCharsets.ISO_8859_1))
                .isEqualTo("using ***\n\u00ff redis://me:***@host");
        assertThat(published.get("stderr.log")).asString().isEqualTo("*** up\n");
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ManagedProcess(
            name = "talkative",
            command = {
                "sh",
                "-c",
                "printf first-%s \"$API_TOKEN\"; head -c 10485750 /dev/zero | tr '\\0' '.'; echo up >&2; exec sleep 600"
            },
            env = "API_TOKEN=s3cr3t-Value",
            ready = @Ready(log = "^up"))
    static class LogsASecretWhereItIsCut {
        @Test
        void fails() {
            throw new IllegalStateException("my own failure");
        }
    }

    @Test
    void noPartOfASecretIsPublished() {
        String log = published(Kit.run(LogsASecretWhereItIsCut.class)).get("fails()/procession-talkative/stdout.log");

        assertThat(log.substring(0, log.indexOf("....")))
                .isEqualTo(
                        "[the first 8 bytes are in BASEDIR/target/procession/PublishedLogsTest.LogsASecretWhereItIsCut/"
                                + "talkative/stdout.log only]\n***");
    }

    @Test
    void failureIsReportedEvenIfNothingCanBePublished() {
        EngineExecutionResults results =
                Kit.run(EngineTestKit.engine("junit-jupiter").selectors(selectClass(OneOfTwoFails.class)));

        assertThat(Kit.outcomes(results)).containsExactlyInAnyOrder("fails(): my own failure", "passes() passed");
        assertThat(results.allEvents().fileEntryPublished().stream().map(Event::getType))
                .isEmpty();
    }
}
