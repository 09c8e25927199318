package dev.procession.readiness;

import dev.procession.readiness.ReadinessProbe.Answer;
import dev.procession.readiness.ReadinessProbe.NotYet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Asks a probe as the waiter does. */
final class Probing {

    /** A label is 63 characters at most, so no resolver needs to ask anybody. */
    static final String UNKNOWN_HOST = "x".repeat(64) + ".invalid";

    static final Ownership OURS = new Whose(Optional.empty());
    static final Ownership STRANGER = new Whose(Optional.of("pid 4711 (nginx -g daemon)"));

    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private Probing() {}

    /** All is a stranger's, or ours if there is none. */
    private record Whose(Optional<String> stranger) implements Ownership {
        @Override
        public Optional<Objection> objection(Collection<InetAddress> probed, int port) {
            return stranger.map(Objection::stranger);
        }

        @Override
        public Optional<Objection> objection(Path socket) {
            return stranger.map(Objection::stranger);
        }

        @Override
        public Optional<String> otherWriter(Path file) {
            return stranger;
        }
    }

    /** The first answer that is not "not yet". */
    static Answer settled(ReadinessProbe probe) {
        return until(probe, answer -> !(answer instanceof NotYet));
    }

    /** The first answer that says it has seen something. */
    static Answer until(ReadinessProbe probe, Predicate<Answer> wanted) {
        long start = System.nanoTime();
        Answer answer = probe.look();
        while (!wanted.test(answer)) {
            if (System.nanoTime() - start > DEADLINE_NANOS) {
                throw new AssertionError("Still not what was awaited, but " + answer);
            }
            LockSupport.parkNanos(1_000_000);
            answer = probe.look();
        }
        return answer;
    }

    /** What was seen, without the number of tries. */
    static String withoutTries(String seen) {
        return seen.replaceFirst(", \\d+ tr(y|ies)$", "");
    }

    static boolean hasIpv6() {
        try {
            new ServerSocket(0, 1, InetAddress.getByName("::1")).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
