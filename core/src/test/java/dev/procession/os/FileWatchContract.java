package dev.procession.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.FileWatch.Registration;
import dev.procession.testkit.Await;
import dev.procession.testkit.OnPurpose;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every way to notice a write promises. */
public interface FileWatchContract {

    OperatingSystem system();

    @Test
    default void onChange_appends_areNoticedAgainAndAgain(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("log"));
        AtomicInteger calls = new AtomicInteger();
        try (Registration watch = system().files().onChange(file, calls::incrementAndGet)) {
            for (int i = 0; i < 5; i++) {
                int before = calls.get();
                append(file);
                Await.until("the append is noticed", () -> calls.get() > before);
            }
            assertThat(watch).isNotNull();
        }
    }

    @Test
    default void onChange_writtenByAnotherProcess_isNoticed(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.script("while [ ! -e go ]; do sleep 0.01; done; echo line; exec sleep 1000")
                    .spawn();
            AtomicInteger calls = new AtomicInteger();
            try (Registration watch = system().files().onChange(trial.stdout(child), calls::incrementAndGet)) {
                Files.createFile(folder.resolve("go"));
                Await.until("the line is noticed", () -> calls.get() > 0);
                assertThat(watch).isNotNull();
            }
        }
    }

    @Test
    default void close_oneOfSeveralOnTheSameFile_endsThatOneAlone(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("log"));
        AtomicInteger closedCalls = new AtomicInteger();
        AtomicInteger openCalls = new AtomicInteger();
        Registration closed = system().files().onChange(file, closedCalls::incrementAndGet);
        try (Registration open = system().files().onChange(file, openCalls::incrementAndGet)) {
            append(file);
            Await.until("both notice", () -> closedCalls.get() > 0 && openCalls.get() > 0);

            closed.close();
            closed.close();
            // Of two rounds after the close, the first may still have been under way.
            awaitRound(file, openCalls);
            awaitRound(file, openCalls);
            int calls = closedCalls.get();
            awaitRound(file, openCalls);
            awaitRound(file, openCalls);

            assertThat(closedCalls).hasValue(calls);
            assertThat(open).isNotNull();
        }
    }

    @Test
    default void close_last_otherFilesAreStillWatched(@TempDir Path folder) throws Exception {
        Path first = Files.createFile(folder.resolve("first"));
        Path second = Files.createFile(folder.resolve("second"));
        AtomicInteger calls = new AtomicInteger();
        Registration closed = system().files().onChange(first, () -> {});
        try (Registration open = system().files().onChange(second, calls::incrementAndGet)) {
            closed.close();
            awaitRound(second, calls);
            assertThat(open).isNotNull();
        }
    }

    @Test
    default void onChange_callbackThatFails_doesNotEndTheWatch(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("log"));
        AtomicInteger calls = new AtomicInteger();
        try (Registration watch = system().files().onChange(file, () -> {
            if (calls.incrementAndGet() == 1) {
                throw new OnPurpose();
            }
        })) {
            awaitRound(file, calls);
            awaitRound(file, calls);
            assertThat(watch).isNotNull();
        }
    }

    private static void awaitRound(Path file, AtomicInteger calls) throws IOException {
        int before = calls.get();
        append(file);
        Await.until("the append is noticed", () -> calls.get() > before);
    }

    private static void append(Path file) throws IOException {
        Files.writeString(file, "line\n", StandardOpenOption.APPEND);
    }
}
