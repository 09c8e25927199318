package dev.procession.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.Child;
import dev.procession.os.FileWatch;
import dev.procession.os.FileWatch.Registration;
import dev.procession.os.SpawnRequest;
import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Processes;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the thread that watches goes and comes back, in a JVM of its own, since threads are known by name only. */
class EpollLoopTest {

    @Test
    void add_whileTheThreadIsAboutToGo_isWatchedAllTheSame(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Racing.class).nativeAccess().run(folder);

        assertThat(result).isEqualTo(new Result(0, "nothing is left\n", ""));
    }

    /** Two threads that watch something, and pause for about as long as the thread lingers. */
    public static final class Racing {
        private static final int ROUNDS = 300;
        private static final Duration LINGER = Duration.ofMillis(1);

        private final EpollLoop loop = new EpollLoop(LINGER);
        private final LinuxSpawner spawner = new LinuxSpawner(loop, Processes.TABLE);
        private final LinuxDeathWatch deaths = new LinuxDeathWatch(loop, Processes.TABLE);
        private final FileWatch files = new InotifyFileWatch(loop);

        public static void main(String[] arguments) throws Exception {
            new Racing().run();
        }

        private void run() throws Exception {
            Future<Void> first = Await.async(() -> rounds(1));
            Future<Void> second = Await.async(() -> rounds(2));
            Await.until("both are through", () -> first.isDone() && second.isDone());
            Await.result(first);
            Await.result(second);
            assertOneThatWatchesStays();
            Await.until("the thread has gone", () -> watchers() == 0);
            assertThat(ownDescriptors()).isEmpty();
            System.out.println("nothing is left");
        }

        private Void rounds(int seed) throws Exception {
            Random random = new Random(seed);
            Path file = Files.createFile(Path.of("written-" + seed));
            for (int i = 0; i < ROUNDS; i++) {
                Child child = spawner.spawn(program("true"));
                assertThat(child.exit().get(60, TimeUnit.SECONDS)).isEqualTo(new ExitStatus.Code(0));
                child.reap();
                pause(random);
                CountDownLatch told = new CountDownLatch(1);
                try (Registration registration = files.onChange(file, told::countDown)) {
                    assertThat(registration).isNotNull();
                    Files.writeString(file, "more\n", StandardOpenOption.APPEND);
                    assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
                }
                pause(random);
            }
            return null;
        }

        /** Much longer than it lingers when there is nothing. */
        private void assertOneThatWatchesStays() throws Exception {
            Child child = spawner.spawn(program("sleep", "1000"));
            CompletableFuture<Void> death = deaths.death(child.id());
            for (int i = 0; i < 100; i++) {
                LockSupport.parkNanos(LINGER.toNanos());
                assertThat(watchers()).isPositive();
            }
            assertThat(death).isNotDone();
            child.signal(Signal.KILL);
            death.get(60, TimeUnit.SECONDS);
            child.exit().get(60, TimeUnit.SECONDS);
            child.reap();
        }

        private static SpawnRequest program(String... words) {
            return new SpawnRequest(
                    Path.of("/bin", words[0]),
                    List.of(words),
                    Map.of(),
                    true,
                    Path.of("/"),
                    null,
                    SpawnRequest.NOWHERE,
                    SpawnRequest.NOWHERE);
        }

        private static void pause(Random random) {
            LockSupport.parkNanos(random.nextLong(2 * LINGER.toNanos()));
        }

        private static long watchers() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("procession-watch"))
                    .count();
        }

        private static List<String> ownDescriptors() {
            List<String> targets = new ArrayList<>();
            for (File link : new File("/proc/self/fd").listFiles()) {
                try {
                    targets.add(Files.readSymbolicLink(link.toPath()).toString());
                } catch (IOException e) {
                    // The descriptor of the list itself.
                }
            }
            targets.removeIf(target -> !target.startsWith("anon_inode:"));
            return targets;
        }
    }
}
