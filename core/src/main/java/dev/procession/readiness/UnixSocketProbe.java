package dev.procession.readiness;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Somebody accepts connections at a path. */
public final class UnixSocketProbe implements ReadinessProbe {

    /** What the JDK has room for: one byte less than the kernel. */
    private static final int LONGEST_PATH = 106;

    private final Path path;
    private long tries;

    UnixSocketProbe(Path path) {
        this.path = path;
    }

    /** Whether somebody accepts connections there now. Never blocks. */
    public static boolean answers(Path path) {
        return failure(path).isEmpty();
    }

    @Override
    public String description() {
        return "unix socket " + path;
    }

    @Override
    public Answer look() {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            return new Never(
                    "the path of the unix socket " + path + " is longer than " + LONGEST_PATH + " bytes",
                    "let the program make it elsewhere, below /tmp for example, and give that path");
        }
        tries++;
        Optional<String> failure = failure(path);
        return failure.<Answer>map(reason -> new NotYet(reason + ", " + tries + (tries == 1 ? " try" : " tries"), 0))
                .orElseGet(() -> new Holds("connected"));
    }

    /** Why nobody answers; empty if somebody does. */
    private static Optional<String> failure(Path path) {
        if (!Files.exists(path)) {
            return Optional.of("not there");
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A full backlog would make a blocking connect wait.
            channel.configureBlocking(false);
            return channel.connect(UnixDomainSocketAddress.of(path)) ? Optional.empty() : Optional.of("no answer yet");
        } catch (IOException e) {
            return Optional.of(Connection.reason(e));
        } catch (UnsupportedOperationException e) {
            return Optional.of("this platform has no unix sockets");
        }
    }
}
