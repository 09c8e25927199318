package dev.procession.os.portable;

import dev.procession.os.Feed;
import java.io.IOException;
import java.io.OutputStream;

/** A child's standard input as the JDK gives it. A full pipe makes a write wait. */
final class StreamFeed implements Feed {

    private final OutputStream stream;

    StreamFeed(OutputStream stream) {
        this.stream = stream;
    }

    @Override
    public synchronized boolean write(byte[] bytes) {
        try {
            stream.write(bytes);
            stream.flush();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public synchronized void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // The reader has gone already.
        }
    }
}
