package dev.procession.junit;

import dev.procession.launch.Backoff.Kind;
import dev.procession.launch.RestartMode;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;

/** Turns {@code @Restart} into a policy, checked at once. */
final class RestartReader {

    private RestartReader() {}

    /**
     * Reads one annotation.
     *
     * @throws InvalidSpecException naming the attribute, the value and the fix
     */
    static RestartPolicy read(Restart restart) {
        RestartPolicy policy = RestartPolicy.of(restart.value(), restart.exitCodes());
        if (!restart.startSeconds().isEmpty()) {
            policy = policy.startSeconds(Durations.parse("restart.startSeconds", restart.startSeconds()));
        }
        if (restart.startRetries() != Restart.BY_MODE) {
            policy = policy.startRetries(restart.startRetries());
        }
        dev.procession.launch.Backoff backoff = backoff(restart.backoff());
        boolean startsOnce = policy.mode() == RestartMode.NEVER && policy.startRetries() == 0;
        if (startsOnce && !backoff.equals(policy.backoff())) {
            throw new InvalidSpecException(
                    "restart.backoff",
                    "is given, but with NEVER and without retries there is no second start",
                    "say after which ends there is, such as ON_FAILURE, or leave it out");
        }
        return policy.backoff(backoff);
    }

    private static dev.procession.launch.Backoff backoff(Backoff annotation) {
        Kind kind = annotation.value();
        requireNoneThatIsIgnored(annotation, kind);
        dev.procession.launch.Backoff ofKind = dev.procession.launch.Backoff.of(kind);
        Duration shortest = duration("backoff.shortest", annotation.shortest(), ofKind.shortest());
        // At once, not one after the other: the longest is only checked together with the shortest.
        return new dev.procession.launch.Backoff(
                kind,
                shortest,
                duration("backoff.longest", annotation.longest(), kind == Kind.FIXED ? shortest : ofKind.longest()),
                duration("backoff.threshold", annotation.threshold(), ofKind.threshold()));
    }

    private static void requireNoneThatIsIgnored(Backoff annotation, Kind kind) {
        if (kind == Kind.FIXED && !annotation.longest().isEmpty()) {
            throw new InvalidSpecException(
                    "backoff.longest",
                    "is \"" + annotation.longest() + "\", but FIXED has one pause only",
                    "give that as 'shortest'");
        }
        if ((kind == Kind.FIXED || kind == Kind.RANDOM)
                && !annotation.threshold().isEmpty()) {
            throw new InvalidSpecException(
                    "backoff.threshold",
                    "is \"" + annotation.threshold() + "\", but " + kind + " counts no early deaths",
                    "leave it out, or use LINEAR, EXPONENTIAL or DOUBLE_PLUS_ONE");
        }
    }

    private static Duration duration(String attribute, String text, Duration otherwise) {
        return text.isEmpty() ? otherwise : Durations.parse(attribute, text);
    }
}
