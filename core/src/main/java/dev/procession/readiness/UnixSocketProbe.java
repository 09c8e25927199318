package dev.procession.readiness;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Somebody accepts connections at a path, of a stream or of sequenced packets, and it is nobody else's process. */
public final class UnixSocketProbe implements ReadinessProbe {

    /** What the JDK has room for: one byte less than the kernel. */
    private static final int LONGEST_PATH = 106;

    /** Who listens, but takes no more connections at the moment, listens all the same. */
    private static final String FULL = "its queue of connections is full";

    /** What the system says then, in English at least; the JDK gives no other sign. */
    private static final String AGAIN = "resource temporarily unavailable";

    /** What it says where the socket is none of a stream: the JDK has no other. */
    private static final String OTHER_TYPE = "protocol wrong type for socket";

    private static final Answer CONNECTED = new Holds("connected");

    private final Path path;
    private final SocketOwnership ownership;
    private long tries;

    UnixSocketProbe(Path path, SocketOwnership ownership) {
        this.path = path;
        this.ownership = ownership;
    }

    /** Whether somebody listens there now, even if he takes no more connections at the moment. Never blocks. */
    public static boolean isServed(Path path) {
        return isServed(failure(path));
    }

    private static boolean isServed(Optional<String> failure) {
        return failure.isEmpty() || failure.get().equals(FULL);
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
        if (failure.equals(Optional.of(OTHER_TYPE))) {
            return ofOtherType();
        }
        Optional<Answer> against = isServed(failure) ? against() : Optional.empty();
        return against.or(() -> failure.map(this::notYet)).orElse(CONNECTED);
    }

    /** Of sequenced packets, it listens as one of a stream does, and the system tells who; of datagrams, none does. */
    private Answer ofOtherType() {
        Answer answer = against().orElse(new Holds("listening"));
        return answer instanceof NotYet
                ? notYet("there, but it is no socket of a stream, and does not listen, as none of datagrams ever does:"
                        + " for such a one, wait with 'file' or 'log'")
                : answer;
    }

    private NotYet notYet(String reason) {
        return new NotYet(reason + ", " + tries + (tries == 1 ? " try" : " tries"), 0);
    }

    /** It has accepted a connection: what is asked again is who listens there. */
    @Override
    public Optional<Answer> proveAgain() {
        return against().or(() -> Optional.of(CONNECTED));
    }

    private Optional<Answer> against() {
        return ownership
                .objection(path)
                .map(objection -> objection.lasting()
                        ? new Never(
                                "the unix socket " + path + " is served by " + objection.who()
                                        + ", which is not part of this process",
                                "stop that process, or put the socket below ${directory}")
                        : new NotYet("answered by " + objection.who(), 0));
    }

    /** Why nobody answers; empty if somebody does. */
    private static Optional<String> failure(Path path) {
        if (!Files.exists(path)) {
            return Optional.of("not there");
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A full backlog would make a blocking connect wait.
            channel.configureBlocking(false);
            return channel.connect(UnixDomainSocketAddress.of(path)) ? Optional.empty() : Optional.of(FULL);
        } catch (IOException e) {
            String reason = Connection.reason(e);
            return Optional.of(reason.equals(AGAIN) ? FULL : reason);
        } catch (UnsupportedOperationException e) {
            return Optional.of("this platform has no unix sockets");
        }
    }
}
