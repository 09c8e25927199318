package dev.procession.readiness;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/** One attempt to connect, without blocking. For one thread. */
final class Connection implements AutoCloseable {

    private static final long ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final SocketChannel channel;
    private final long start = System.nanoTime();

    private Connection(SocketChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException saying why at once, as loopback does */
    static Connection begin(InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.connect(address);
            return new Connection(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Whether it is established.
     *
     * @return false while that is undecided
     * @throws IOException if it was refused, took too long, or reached only itself
     */
    boolean isEstablished() throws IOException {
        if (channel.isConnectionPending() && !channel.finishConnect()) {
            if (System.nanoTime() - start > ATTEMPT_NANOS) {
                throw new ConnectException("no answer to the connection request");
            }
            return false;
        }
        // From within the range of its own near ends, a closed port can be "connected" to itself.
        if (channel.getLocalAddress().equals(channel.getRemoteAddress())) {
            throw new ConnectException("connected only to itself");
        }
        return true;
    }

    SocketChannel channel() {
        return channel;
    }

    /** The reason for messages, in lower case as the rest of them. */
    static String reason(IOException e) {
        String message = e.getMessage();
        return message == null || message.isEmpty()
                ? e.getClass().getSimpleName()
                : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing was to be had from it any more.
        }
    }
}
