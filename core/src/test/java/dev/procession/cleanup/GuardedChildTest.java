package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.Child;
import dev.procession.os.FedChild;
import dev.procession.os.Feed;
import dev.procession.os.ForwardingChild;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SpawnException;
import dev.procession.os.SpawnRequest;
import dev.procession.os.Spawner;
import dev.procession.process.ProcessId;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Trial;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardedChildTest {

    /** What the watchdog was told, and what was reaped, in order. */
    private volatile boolean isOver;

    private final List<String> events = new CopyOnWriteArrayList<>();

    /** The other way round, its number could be somebody's for whom the watchdog would then be a danger. */
    @Test
    void reap_isToldToTheWatchdogBefore(@TempDir Path folder) throws Exception {
        OperatingSystem system = Backends.nativeOne();
        List<FedChild> shells = new CopyOnWriteArrayList<>();
        Spawner listening = new Spawner() {
            @Override
            public Child spawn(SpawnRequest request) throws SpawnException {
                return system.spawner().spawn(request);
            }

            @Override
            public FedChild spawnFed(SpawnRequest request) throws SpawnException {
                if (isOver) {
                    throw new SpawnException("the test is over");
                }
                FedChild fed = system.spawner().spawnFed(request);
                shells.add(fed);
                return new FedChild(fed.child(), new ListeningFeed(fed.feed()));
            }
        };
        Watchdog watchdog = new Watchdog(
                new OperatingSystem(
                        system.processes(),
                        listening,
                        system.signaller(),
                        system.deaths(),
                        system.files(),
                        system.sockets(),
                        system.description()),
                // Nobody else's: when it has done its work, it ends whoever carries that.
                "1-2",
                new RunRecords(folder.resolve("records")));
        try (Trial trial = new Trial(system, folder)) {
            watchdog.start();
            Child child = trial.script("exit 0").spawn();
            Child guarded = watchdog.guard(new ListeningChild(child));
            Await.result(guarded.exit());

            guarded.reap();

            ProcessId id = child.id();
            assertThat(events)
                    .containsExactly("+ " + id.pid() + " " + id.startTicks() + "\n", "- " + id.pid() + "\n", "reaped");
        } finally {
            // Else another watchdog would take the place of each that ends.
            isOver = true;
            for (FedChild shell : shells) {
                shell.feed().close();
                Await.result(shell.child().exit());
            }
        }
    }

    private final class ListeningFeed implements Feed {
        private final Feed feed;

        private ListeningFeed(Feed feed) {
            this.feed = feed;
        }

        @Override
        public int write(byte[] bytes, int offset) {
            events.add(new String(bytes, offset, bytes.length - offset, StandardCharsets.US_ASCII));
            return feed.write(bytes, offset);
        }

        @Override
        public boolean flush(Duration patience) {
            return feed.flush(patience);
        }

        @Override
        public void close() {
            feed.close();
        }
    }

    private final class ListeningChild extends ForwardingChild {

        private ListeningChild(Child child) {
            super(child);
        }

        @Override
        public void reap() {
            events.add("reaped");
            super.reap();
        }
    }
}
