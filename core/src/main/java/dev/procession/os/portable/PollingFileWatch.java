package dev.procession.os.portable;

import dev.procession.os.FileWatch;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Writes by looking at the file's size: a WatchService brings threads of its own and is slower. */
public final class PollingFileWatch implements FileWatch {

    private final Poller poller;

    PollingFileWatch(Poller poller) {
        this.poller = poller;
    }

    @Override
    public Registration onChange(Path file, Runnable callback) {
        AtomicLong size = new AtomicLong(file.toFile().length());
        Registration registration = new Registration() {
            @Override
            public void close() {
                poller.remove(this);
            }
        };
        poller.add(registration, () -> {
            long now = file.toFile().length();
            if (size.getAndSet(now) != now) {
                callback.run();
            }
        });
        return registration;
    }
}
