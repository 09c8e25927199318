package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.backend.Backend;
import dev.procession.process.ExitStatus;
import dev.procession.process.WaitTimeoutException;
import dev.procession.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Logs that somebody takes away, for good or for a moment. */
@Timeout(60)
class LostLogTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(500);

    @TempDir
    private Path folder;

    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private Path file;
    private Path aside;
    private ProcessLog log;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.createFile(folder.resolve("stdout.log"));
        aside = folder.resolve("aside.log");
        log = new ProcessLog("api", List.of(file), Backend.current().files(), exit, Secrets.NONE);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private String gone() {
        return "'api' wrote no line matching /up/ within 500 ms; its log " + file + " cannot be read: it is not there"
                + "\n  last lines of " + file + "\n    (Cannot read the log " + file + ": it is not there)";
    }

    /** Until the search has noticed that its log is gone. */
    private static void untilNoticed(LineSearch search) {
        Await.until("its log is missed", () -> search.unreadable().isPresent());
    }

    @Test
    void await_aLogThatIsGone_keepsTheTimeoutAndSaysWhy() throws IOException {
        Files.delete(file);

        assertThatThrownBy(() -> log.await("up", SHORT))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage(gone());
    }

    @Test
    void await_aLogThatGoesDuringTheWait_keepsTheTimeoutAndSaysWhy() throws Exception {
        append(file, "starting\n");
        Future<LogMatch> match = Await.async(() -> log.await("up", Duration.ofSeconds(3)));
        Await.until("it waits", () -> isSearched());
        Files.move(file, aside);
        append(aside, "up\n");

        assertThatThrownBy(match::get)
                .cause()
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage(gone().replace("500 ms", "3 s"));
    }

    private static boolean isSearched() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("procession-log-api")
                        && thread.getState() == Thread.State.TIMED_WAITING);
    }

    @Test
    void await_aLogThatIsMovedAwayAndBack_isReadOn() throws Exception {
        append(file, "starting\n");
        Files.move(file, aside);
        Future<LogMatch> match = Await.async(() -> log.await("up", LONG));
        Await.until("it waits", () -> isSearched());

        append(aside, "up and running\n");
        Files.move(aside, file);

        assertThat(Await.result(match).line()).isEqualTo("up and running");
    }

    @Test
    void await_anotherFileInItsPlace_isReadFromItsBeginning() throws Exception {
        append(file, "starting\n");
        Future<LogMatch> match = Await.async(() -> log.await("up", LONG));
        Await.until("it waits", () -> isSearched());

        Files.delete(file);
        Files.writeString(file, "up anew\n");

        assertThat(Await.result(match).line()).isEqualTo("up anew");
    }

    @Test
    void await_theProcessHasEndedAndItsLogIsAway_waitsForIt() throws Exception {
        append(file, "up at last\n");
        Files.move(file, aside);
        exit.complete(new ExitStatus.Code(0));
        assertThatThrownBy(() -> log.await("up", SHORT))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage(gone());

        Future<LogMatch> match = Await.async(() -> log.await("up", LONG));
        Await.until("it waits", () -> isSearched());
        Files.move(aside, file);

        assertThat(Await.result(match).line()).isEqualTo("up at last");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void await_aPipeInItsPlace_isNotOpenedAndSaid() throws Exception {
        Files.delete(file);
        new ProcessBuilder("mkfifo", file.toString()).start().waitFor();

        assertThatThrownBy(() -> log.await("up", SHORT))
                .isExactlyInstanceOf(WaitTimeoutException.class)
                .hasMessage(gone().replace("it is not there", "it is no regular file, and nothing else is opened"));
    }

    @Test
    void aSearch_goesOnWhereItWasAndForgetsThatItsLogWasAway() throws IOException {
        append(file, "up 1\n");
        try (LineSearch search = new LineSearch(log, Pattern.compile("up"), 3, () -> {})) {
            Await.until("the first line", () -> search.count() == 1);
            Files.move(file, aside);
            untilNoticed(search);
            assertThat(search.unreadable()).hasValue("its log " + file + " cannot be read: it is not there");
            assertThat(search.count()).isEqualTo(1);
            BooleanSupplier seen = search.catchUp(false);
            assertThat(seen.getAsBoolean()).isFalse();

            append(aside, "up 2\n");
            Files.move(aside, file);

            Await.until("what was written meanwhile is seen", seen);
            assertThat(search.count()).isEqualTo(2);
            assertThat(search.unreadable()).isEmpty();
        }
    }

    @Test
    void aSearch_atTheEndALogThatStaysAwayIsNotWaitedForForEver() throws IOException {
        Files.delete(file);
        try (LineSearch search = new LineSearch(log, Pattern.compile("up"), 1, () -> {})) {
            Await.until("it is given up", search.catchUp(true));
            assertThat(search.count()).isZero();
            assertThat(search.unreadable()).isPresent();
        }
    }

    @Test
    void aLook_failsAndSaysWhy() throws IOException {
        ProcessLog later = log.fromHere();
        Files.delete(file);
        String message = "Cannot read the log " + file + ": it is not there";

        assertThatThrownBy(() -> log.text())
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> log.lines())
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> log.tail(3))
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> log.read(0, 0))
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> log.fromHere())
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> later.find(Pattern.compile("up")))
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> later.findForCertain(Pattern.compile("up")))
                .isExactlyInstanceOf(UncheckedIOException.class)
                .hasMessage(message);
    }
}
