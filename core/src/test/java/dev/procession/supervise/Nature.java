package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import java.time.Duration;

/**
 * How processes can be, and what they leave behind. Whatever a process of one of these sheds, at every moment it has one sign
 * of the run: its session or group, the cookie, the run's folder as working directory, a log as standard output or error, a
 * leased port that it listens on, or a parent that lives until the end of the JVM or the stop and has a sign itself. Who sheds
 * all of them while nobody looks, and whose parent ends by itself before somebody does, is not found by anybody.
 *
 * <p>In the scripts {@code $1} is how long to sleep, which is a number of the nature's own, and {@code $2} what a chain is made
 * of, or the port, and {@code $3} who listens on that.
 */
enum Nature {
    PLAIN(""),
    TREE("sleep $1 & (sleep $1 & sleep $1) & "),
    SESSIONS("setsid sleep $1 & setsid sh -c 'setsid sleep $0 & sleep $0' $1 & "),
    DAEMON("(setsid sleep $1 &); (setsid sh -c 'sleep $0 & sleep $0' $1 &); "),
    /** In a group of its own. */
    SESSION_ALONE("(cd / && exec env -i perl -e 'setpgrp; exec \"sleep\", @ARGV' $1 >/dev/null 2>&1 &); "),
    COOKIE_ALONE("(cd / && exec setsid sleep $1 >/dev/null 2>&1 &); "),
    FOLDER_ALONE("(exec env -i setsid sleep $1 >/dev/null 2>&1 &); "),
    LOG_ALONE(
            "(cd / && exec env -i setsid sleep $1 2>/dev/null &); (cd / && exec env -i setsid sleep $1 >/dev/null &); "),
    PORT_ALONE("perl -e \"$3\" $1 $2 && "),
    PARENT_ALONE(
            "(cd / && exec env -i setsid sh -c 'sleep $0 & setsid sleep $0 & wait' $1 >/dev/null 2>&1) & sleep 0.02; "),
    /** Without a shell of ours, elsewhere. */
    BARE(""),
    DEAF("trap '' TERM INT HUP; sleep $1 & setsid sleep $1 & "),
    STOPPED("sleep $1 & kill -s STOP $!; (setsid sh -c 'kill -s STOP $$; exec sleep $0' $1 &); "),
    /** Each member starts the next and ends. */
    CHAIN("sh -c \"$2\" \"$2\" $1 & "),
    CHAIN_OF_SESSIONS("(cd / && exec setsid sh -c \"$2\" \"$2\" $1 >/dev/null 2>&1 &); "),
    CHAIN_ON_THE_LOG("(cd / && exec env -i setsid sh -c \"$2\" \"$2\" $1 &); "),
    FED("sleep $1 & "),
    /** What asks whether it is ready hangs, and has left something behind. */
    ASKED(""),
    /** Another program runs beside it. */
    ACCOMPANIED("");

    private static final Duration A_MOMENT = Duration.ofMillis(5);

    private static final int FIRST_NUMBER = 8_000_000;

    /** As much longer on a machine under load as looks are. */
    private static final String WORK = "i=0; while [ $i -lt 10000 ]; do i=$((i + 1)); done; ";

    private static final String NEXT = WORK + "sh -c \"$0\" \"$0\" $1 & exit";
    private static final String NEXT_SESSION = WORK + "setsid sh -c \"$0\" \"$0\" $1 & exit";

    /** It listens before it sheds the rest, and what takes its place keeps the socket. */
    private static final String LISTEN = "use Socket; $^F = 9; socket(my $s, PF_INET, SOCK_STREAM, 0);"
            + " setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1); bind($s, sockaddr_in($ARGV[1], INADDR_LOOPBACK))"
            + " && listen($s, 5) or die $!; fork && exit; chdir q(/); open STDOUT, q(>/dev/null);"
            + " open STDERR, q(>/dev/null); exec qw(env -i setsid sleep), $ARGV[0]";

    private final String leaves;

    Nature(String leaves) {
        this.leaves = leaves;
    }

    /** By which its processes are told from those of others. */
    String number() {
        return Integer.toString(FIRST_NUMBER + ordinal());
    }

    /** @param pinned whether nobody reaps the root before its tree has been looked at */
    boolean occursAt(Moment moment, boolean pinned) {
        return switch (this) {
            case PARENT_ALONE -> moment != Moment.BACKOFF;
            // With the root its session goes to whoever is given its number next.
            case SESSION_ALONE -> moment != Moment.BACKOFF || pinned;
            case ASKED -> !moment.awaitsReadiness();
            case ACCOMPANIED -> moment.awaitsReadiness();
            default -> true;
        };
    }

    /** Whether it works somewhere else than in the folder of its run. */
    boolean canWorkElsewhere() {
        return this != FOLDER_ALONE;
    }

    ProcessSpec.Builder spec(String name, Moment moment) {
        if (this == BARE) {
            return ProcessSpec.command("env", "-i", "sleep", moment == Moment.BACKOFF ? "0.03" : number())
                    .name(name)
                    .directory("/")
                    .ready(readiness(moment).aliveFor(A_MOMENT));
        }
        String script = leaves + "echo ready; " + end(moment);
        ProcessSpec.Builder spec = ProcessSpec.command("sh", "-c", script, "sh", number(), second(), third())
                .name(name)
                .ready(readiness(moment));
        return this == FED ? spec.stdin(ProcessSpec.PIPE) : spec;
    }

    private String second() {
        return switch (this) {
            case PORT_ALONE -> "${port}";
            case CHAIN -> NEXT;
            default -> NEXT_SESSION;
        };
    }

    private String third() {
        return this == PORT_ALONE ? LISTEN : "";
    }

    private String end(Moment moment) {
        if (moment == Moment.BACKOFF) {
            return "sleep 0.0$(($$ % 5)); exit 1";
        }
        return this == STOPPED ? "kill -s STOP $$; sleep $1" : "exec sleep $1";
    }

    private Readiness readiness(Moment moment) {
        if (this == ASKED) {
            return Readiness.DEFAULT.command("sh", "-c", "(setsid sleep $0 &); exec sleep $0", number());
        }
        boolean never = moment == Moment.READINESS || moment == Moment.FIRST_START;
        return this == BARE && !never ? Readiness.DEFAULT : Readiness.DEFAULT.log(never ? "^never$" : "^ready$");
    }
}
