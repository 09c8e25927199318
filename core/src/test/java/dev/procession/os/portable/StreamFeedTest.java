package dev.procession.os.portable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class StreamFeedTest {

    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofSeconds(60);

    private final CountDownLatch reader = new CountDownLatch(1);
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    /** Like a pipe that is full until the reader comes. */
    private final OutputStream pipe = new OutputStream() {
        @Override
        public void write(int b) throws InterruptedIOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws InterruptedIOException {
            try {
                reader.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
            read.write(bytes, offset, length);
        }
    };

    private final StreamFeed feed = new StreamFeed(pipe);

    @Test
    void whatIsFlushedHasReachedThePipe() {
        feed.write("told".getBytes(StandardCharsets.US_ASCII), 0);
        assertThat(feed.flush(SHORT)).as("flushed while the pipe is full").isFalse();

        reader.countDown();

        assertThat(feed.flush(LONG)).isTrue();
        assertThat(read.toString(StandardCharsets.US_ASCII)).isEqualTo("told");
        feed.close();
    }

    @Test
    void nothingNeedsNoFlush() {
        assertThat(feed.flush(SHORT)).isTrue();
        feed.close();
        assertThat(feed.flush(SHORT)).as("after the close").isTrue();
    }

    @Test
    void aClosedFeedThatStillWritesIsNotFlushed() {
        feed.write("told".getBytes(StandardCharsets.US_ASCII), 0);
        feed.close();

        assertThat(feed.flush(LONG)).isFalse();

        reader.countDown();
        Await.until("it has written", () -> feed.flush(SHORT));
        assertThat(read.toString(StandardCharsets.US_ASCII)).isEqualTo("told");
    }

    @Test
    void anInterruptIsKept() {
        feed.write("told".getBytes(StandardCharsets.US_ASCII), 0);
        Thread.currentThread().interrupt();

        boolean flushed = feed.flush(LONG);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(flushed).isFalse();
        reader.countDown();
        feed.close();
    }
}
