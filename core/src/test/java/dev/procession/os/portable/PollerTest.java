package dev.procession.os.portable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the thread that polls goes and comes back, in a JVM of its own, since threads are known by name only. */
class PollerTest {

    @Test
    void add_whileTheThreadIsAboutToGo_isLookedAtAllTheSame(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Racing.class).run(folder);

        assertThat(result).isEqualTo(new Result(0, "nothing is left\n", ""));
    }

    /** Two threads that have something looked at, and pause for about as long as the thread lingers. */
    public static final class Racing {
        private static final int ROUNDS = 500;
        private static final Duration LINGER = Duration.ofMillis(1);

        public static void main(String[] arguments) {
            Poller poller = new Poller(LINGER);
            Future<Void> first = Await.async(() -> rounds(poller, 1));
            Future<Void> second = Await.async(() -> rounds(poller, 2));
            Await.until("both are through", () -> first.isDone() && second.isDone());
            Await.result(first);
            Await.result(second);
            Await.until(
                    "the thread has gone",
                    () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().equals("procession-watch")));
            System.out.println("nothing is left");
        }

        private static Void rounds(Poller poller, int seed) throws Exception {
            Random random = new Random(seed);
            for (int i = 0; i < ROUNDS; i++) {
                CountDownLatch looked = new CountDownLatch(1);
                poller.add(looked, looked::countDown);
                assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
                poller.remove(looked);
                LockSupport.parkNanos(random.nextLong(4 * LINGER.toNanos()));
            }
            return null;
        }
    }
}
