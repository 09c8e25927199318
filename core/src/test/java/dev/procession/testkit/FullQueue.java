package dev.procession.testkit;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server that hangs: it listens in the file system, but takes no connection, and no more are queued. */
public final class FullQueue implements AutoCloseable {

    private final ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final List<SocketChannel> clients = new ArrayList<>();

    public FullQueue(Path socket) throws IOException {
        server.bind(UnixDomainSocketAddress.of(socket), 1);
        boolean connected = true;
        while (connected) {
            SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
            clients.add(client);
            client.configureBlocking(false);
            try {
                connected = client.connect(UnixDomainSocketAddress.of(socket));
            } catch (SocketException e) {
                connected = false;
            }
        }
    }

    /** Takes one connection, so that there is room for another. */
    public void accept() throws IOException {
        server.accept().close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel client : clients) {
            client.close();
        }
    }
}
