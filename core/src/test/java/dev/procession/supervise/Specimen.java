package dev.procession.supervise;

import dev.procession.launch.Backoff;
import dev.procession.launch.OutputPolicy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.RunAs;
import dev.procession.launch.StopPolicy;
import dev.procession.launch.StopScope;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A process of some nature, and what else is particular about it.
 *
 * @param otherUser whether it runs as somebody else
 * @param elsewhere whether it works in a folder that is nobody's
 * @param merged whether it has one log instead of two
 * @param piped whether it writes there through pipes
 * @param scope who is made to end when it is stopped
 * @param graceMillis how long it may take to end
 */
record Specimen(
        Nature nature,
        boolean otherUser,
        boolean elsewhere,
        boolean merged,
        boolean piped,
        StopScope scope,
        int graceMillis) {

    private static final int LONGEST_GRACE_MILLIS = 400;

    static Specimen draw(Random random, Moment moment, boolean pinned, boolean hasUsers) {
        List<Nature> natures = Arrays.stream(Nature.values())
                .filter(nature -> nature.occursAt(moment, pinned))
                .toList();
        Nature nature = natures.get(random.nextInt(natures.size()));
        boolean otherUser = random.nextInt(4) == 0;
        boolean elsewhere = random.nextInt(4) == 0;
        return new Specimen(
                nature,
                otherUser && hasUsers,
                elsewhere && nature.canWorkElsewhere(),
                random.nextInt(4) == 0,
                random.nextInt(3) == 0,
                StopScope.values()[random.nextInt(StopScope.values().length)],
                random.nextInt(LONGEST_GRACE_MILLIS));
    }

    /** As {@link #toString} writes it. */
    static Specimen parse(String text) {
        String[] parts = text.split(",");
        return new Specimen(
                Nature.valueOf(parts[0]),
                Boolean.parseBoolean(parts[1]),
                Boolean.parseBoolean(parts[2]),
                Boolean.parseBoolean(parts[3]),
                Boolean.parseBoolean(parts[4]),
                StopScope.valueOf(parts[5]),
                Integer.parseInt(parts[6]));
    }

    ProcessSpec spec(String name, Moment moment) {
        ProcessSpec.Builder spec = nature.spec(name, moment)
                .output((piped ? OutputPolicy.PIPE : OutputPolicy.DEFAULT).merged(merged))
                .stop(StopPolicy.DEFAULT.scope(scope).gracePeriod(Duration.ofMillis(graceMillis)))
                .restart(RestartPolicy.NEVER);
        if (moment == Moment.BACKOFF) {
            spec.restart(RestartPolicy.always()
                    .backoff(Backoff.fixed(Duration.ofMillis(10)))
                    .unlimited());
        }
        if (elsewhere) {
            spec.directory("/");
        }
        if (otherUser) {
            spec.runAs(RunAs.UNCHANGED.user("daemon"));
        }
        return spec.build();
    }

    @Override
    public String toString() {
        return nature + "," + otherUser + "," + elsewhere + "," + merged + "," + piped + "," + scope + ","
                + graceMillis;
    }
}
