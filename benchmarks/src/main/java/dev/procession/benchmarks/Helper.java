package dev.procession.benchmarks;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A JVM that does, at a moment of its own, what others wait for: it listens, writes a line, has a child. One command at a
 * time over a connection; it ends, and its children with it, when the connection does.
 */
final class Helper {

    static final int LISTEN = 1;
    static final int WRITE = 2;
    static final int SPAWN = 3;
    static final int TIME = 4;
    static final int TIDY = 5;

    private final FileOutputStream log = new FileOutputStream(FileDescriptor.out);
    private @Nullable ServerSocketChannel listener;
    private @Nullable Process child;

    private Helper() {}

    public static void main(String[] arguments) throws Exception {
        Helper helper = new Helper();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
            socket.setTcpNoDelay(true);
            while (true) {
                int command = in.readInt();
                int number = in.readInt();
                long delay = in.readLong();
                out.writeLong(helper.execute(command, number, delay));
            }
        } catch (EOFException e) {
            // No more commands.
        } finally {
            helper.tidy();
        }
    }

    private long execute(int command, int number, long delay) throws IOException, InterruptedException {
        switch (command) {
            case LISTEN -> {
                return listen(number, delay);
            }
            case WRITE -> {
                byte[] line = ("ready " + number + "\n").getBytes(StandardCharsets.UTF_8);
                TimeUnit.NANOSECONDS.sleep(delay);
                long now = System.nanoTime();
                log.write(line);
                return now;
            }
            case SPAWN -> {
                Process process = new ProcessBuilder(Starter.PROGRAM).start();
                child = process;
                return process.pid();
            }
            case TIME -> {
                return System.nanoTime();
            }
            case TIDY -> {
                tidy();
                return 0;
            }
            default -> throw new IOException("no such command: " + command);
        }
    }

    /** The time is taken before the system call, so the wait may have been up to one such call shorter. */
    private long listen(int port, long delay) throws IOException, InterruptedException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        listener = channel;
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
        TimeUnit.NANOSECONDS.sleep(delay);
        long now = System.nanoTime();
        channel.bind(address);
        return now;
    }

    private void tidy() throws IOException {
        if (listener != null) {
            // What waits to be accepted is reset, which leaves the port free at once.
            listener.close();
            listener = null;
        }
        if (child != null) {
            child.destroyForcibly();
            child = null;
        }
    }

    /** The bytes of a command. */
    static byte[] command(int command, int number, long delay) {
        return ByteBuffer.allocate(16)
                .putInt(command)
                .putInt(number)
                .putLong(delay)
                .array();
    }
}
