package dev.procession.maven;

import dev.procession.launch.Backoff;
import dev.procession.launch.RestartMode;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.Durations;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.Optional;

/** Turns {@code <restart>} into a policy, checked at once: the mode alone, or elements. */
final class RestartReader {

    private RestartReader() {}

    /**
     * Reads one.
     *
     * @throws InvalidSpecException naming the element, its value and the fix
     */
    static RestartPolicy read(Element restart) {
        if (restart.children().isEmpty()) {
            return RestartPolicy.of(Choice.of(restart.path(), restart.requiredText(), RestartMode.class));
        }
        restart.knows("mode", "exitCodes", "backoff", "startSeconds", "startRetries");
        RestartMode mode = restart.text("mode")
                .map(text -> Choice.of(restart.path() + "<mode>", text, RestartMode.class))
                .orElse(RestartMode.NEVER);
        RestartPolicy policy = RestartPolicy.of(mode, restart.codes("exitCodes"));
        Optional<String> startSeconds = restart.text("startSeconds");
        if (startSeconds.isPresent()) {
            policy = policy.startSeconds(Durations.parse("restart.startSeconds", startSeconds.get()));
        }
        Optional<Integer> startRetries = restart.number("startRetries");
        if (startRetries.isPresent()) {
            policy = policy.startRetries(startRetries.get());
        }
        Optional<Element> backoff = restart.child("backoff");
        if (backoff.isPresent() && mode == RestartMode.NEVER && policy.startRetries() == 0) {
            throw new InvalidSpecException(
                    backoff.get().path(),
                    "is given, but with NEVER and without retries there is no second start",
                    "say after which ends there is, such as <mode>ON_FAILURE</mode>, or remove it");
        }
        return backoff.isPresent() ? policy.backoff(backoff(backoff.get())) : policy;
    }

    private static Backoff backoff(Element backoff) {
        if (backoff.children().isEmpty()) {
            return Backoff.of(Choice.of(backoff.path(), backoff.requiredText(), Backoff.Kind.class));
        }
        backoff.knows("kind", "shortest", "longest", "threshold");
        Backoff.Kind kind = backoff.text("kind")
                .map(text -> Choice.of(backoff.path() + "<kind>", text, Backoff.Kind.class))
                .orElse(Backoff.Kind.LINEAR);
        requireNoneThatIsIgnored(backoff, kind);
        Backoff ofKind = Backoff.of(kind);
        Duration shortest = duration(backoff, "shortest").orElse(ofKind.shortest());
        // At once, not one after the other: the longest is only checked together with the shortest.
        return new Backoff(
                kind,
                shortest,
                duration(backoff, "longest").orElse(kind == Backoff.Kind.FIXED ? shortest : ofKind.longest()),
                duration(backoff, "threshold").orElse(ofKind.threshold()));
    }

    private static void requireNoneThatIsIgnored(Element backoff, Backoff.Kind kind) {
        boolean isFixed = kind == Backoff.Kind.FIXED;
        Optional<String> longest = backoff.text("longest");
        if (isFixed && longest.isPresent()) {
            throw new InvalidSpecException(
                    backoff.path() + "<longest>",
                    "is \"" + longest.get() + "\", but FIXED has one pause only",
                    "give that as <shortest>");
        }
        Optional<String> threshold = backoff.text("threshold");
        if ((isFixed || kind == Backoff.Kind.RANDOM) && threshold.isPresent()) {
            throw new InvalidSpecException(
                    backoff.path() + "<threshold>",
                    "is \"" + threshold.get() + "\", but " + kind + " counts no early deaths",
                    "remove it, or use LINEAR, EXPONENTIAL or DOUBLE_PLUS_ONE");
        }
    }

    private static Optional<Duration> duration(Element backoff, String name) {
        return backoff.text(name).map(text -> Durations.parse("backoff." + name, text));
    }
}
