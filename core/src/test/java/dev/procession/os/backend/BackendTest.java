package dev.procession.os.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.os.Child;
import dev.procession.os.OperatingSystem;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import dev.procession.testkit.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** How the choice falls, in JVMs of their own: a choice is made once in a JVM. */
class BackendTest {

    private static final String PORTABLE =
            "portable\nexit code 3\nexit status unknown: either exit code 143 or signal 15, which the portable"
                    + " backend cannot tell apart\n";

    @Test
    void choose_unknownWish_isRefused() {
        assertThatThrownBy(() -> Backend.choose("nativ"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("System property procession.backend is 'nativ'; it can be auto, native or portable");
    }

    @Test
    void current_ordinaryJvm_isNativeAndSilent(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Report.class).nativeAccess().run(folder).expectSuccess();

        assertThat(result.stdout()).isEqualTo("native\nexit code 3\nexit code 143\n");
        assertThat(result.stderr()).isEmpty();
    }

    @Test
    void current_forcedToBePortable_isPortableAndSilent(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Report.class)
                .option("-Dprocession.backend=portable")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo(PORTABLE);
        assertThat(result.stderr()).isEmpty();
    }

    @Test
    void current_withoutJna_portableTakesOverAndSaysWhyOnce(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Report.class).without("jna").run(folder).expectSuccess();

        assertThat(result.stdout()).isEqualTo(PORTABLE);
        assertThat(messages(result))
                .isEqualTo("WARNING: Native code cannot be used, the portable backend takes over: no exact exit status"
                        + " after a signal, one thread a process. Cause: java.lang.ClassNotFoundException:"
                        + " com.sun.jna.Native\n");
    }

    @Test
    void current_nativeDemandedWithoutJna_fails(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Report.class)
                .without("jna")
                .option("-Dprocession.backend=native")
                .run(folder);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.stdout()).isEmpty();
        assertThat(result.stderr()).contains("NoClassDefFoundError");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24, disabledReason = "older JVMs cannot deny native access")
    void current_nativeAccessDenied_portableTakesOverAndSaysWhyOnce(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Report.class)
                .option("--illegal-native-access=deny")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo(PORTABLE);
        assertThat(messages(result))
                .startsWith("WARNING: Native code cannot be used, the portable backend takes over: no exact exit status"
                        + " after a signal, one thread a process. Cause: java.lang.IllegalCallerException: ")
                .containsOnlyOnce("\n");
    }

    /** What was logged, without the line that says when and where. */
    private static String messages(Result result) {
        StringBuilder messages = new StringBuilder();
        result.stderr()
                .lines()
                .filter(line -> !line.contains("dev.procession.os.backend.Backend choose"))
                .forEach(line -> messages.append(line).append('\n'));
        return messages.toString();
    }

    /** Says which backend it is and whether it works. */
    public static final class Report {
        public static void main(String[] arguments) throws Exception {
            OperatingSystem system = Backend.current();
            System.out.println(system.description());
            Path folder = Files.createDirectory(Path.of("report").toAbsolutePath());
            try (Trial trial = new Trial(system, folder)) {
                System.out.println(trial.script("exit 3").run());
                System.out.println(trial.script("exit 143").run());
            }
        }
    }

    @Test
    void spawn_jvmThatIgnoresAndBlocksSignals_theChildIsClean(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Clean.class)
                .nativeAccess()
                .after("trap '' INT QUIT HUP TERM PIPE USR2")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout())
                .isEqualTo("blocked 0\nignored 0\n" + "killed by INT\nkilled by QUIT\nkilled by HUP\nkilled by TERM\n");
    }

    /** Spawns in a JVM with a spoilt signal state. */
    public static final class Clean {
        public static void main(String[] arguments) throws Exception {
            Path folder = Files.createDirectory(Path.of("clean").toAbsolutePath());
            try (Trial trial = new Trial(Backend.choose("native"), folder)) {
                String status = trial.program("/bin/cat", "/proc/self/status").output();
                System.out.println("blocked " + signals(status, "SigBlk"));
                System.out.println("ignored " + signals(status, "SigIgn"));
                for (String signal : new String[] {"INT", "QUIT", "HUP", "TERM"}) {
                    Child child = trial.program("/bin/sleep", "1000").spawn();
                    Backend.choose("native").signaller().send(child.id(), Signal.valueOf(signal));
                    System.out.println(Await.result(child.exit()));
                }
            }
        }

        /** Without the two above 31 that libc keeps for itself and ignores in every child of posix_spawn. */
        private static String signals(String status, String line) {
            String mask = status.lines()
                    .filter(text -> text.startsWith(line + ":\t"))
                    .findFirst()
                    .orElseThrow();
            return Long.toHexString(Long.parseUnsignedLong(mask.substring(line.length() + 2), 16) & 0x7fffffff);
        }
    }

    @Test
    void spawn_inheritedBytesThatTheLocaleCannotHold_survive(@TempDir Path folder) throws Exception {
        String oddly = "export LC_ALL=C UMLAUT=$(printf 'gr\\303\\274n') LATIN=$(printf 'gr\\374n')";
        Result result = ChildJvm.of(Inherited.class)
                .nativeAccess()
                .after(oddly)
                .run(folder)
                .expectSuccess();

        String variables = "LATIN=6772fc6e UMLAUT=6772c3bc6e";
        assertThat(result.stdout())
                .isEqualTo("native inherits " + variables + "\nportable inherits " + variables
                        + "\nnative argument 6772c3bc6e e282ac\n");
    }

    /** Spawns under a locale that can hold nothing but ASCII. */
    public static final class Inherited {
        private static final String HEX = "hex() { printf '%s' \"$1\" | od -An -v -tx1 | tr -d ' \\n'; }; ";

        public static void main(String[] arguments) throws Exception {
            Path folder = Files.createDirectory(Path.of("inherited").toAbsolutePath());
            for (String backend : new String[] {"native", "portable"}) {
                try (Trial trial = new Trial(Backend.choose(backend), folder)) {
                    System.out.print(trial.script(HEX + "echo " + backend
                                    + " inherits LATIN=$(hex \"$LATIN\") UMLAUT=$(hex \"$UMLAUT\")")
                            .output());
                }
            }
            try (Trial trial = new Trial(Backend.choose("native"), folder)) {
                System.out.print(
                        trial.script(HEX + "echo native argument $(hex \"$1\") $(hex \"$2\")", "gr\u00fcn", "\u20ac")
                                .output());
            }
        }
    }

    @Test
    void spawn_jvmWithClosedStandardStreams_theChildHasItsOwn(@TempDir Path folder) throws Exception {
        Path result = folder.resolve("result");
        ChildJvm.of(Closed.class, result.toString())
                .nativeAccess()
                .after("exec 0<&- 1>&- 2>&-")
                .run(folder)
                .expectSuccess();

        assertThat(result).hasContent("read nothing\nout\nerr");
    }

    /** Spawns in a JVM whose descriptors 0 to 2 are free for anything it opens. */
    public static final class Closed {
        public static void main(String[] arguments) throws Exception {
            Path folder = Files.createDirectory(Path.of("closed").toAbsolutePath());
            try (Trial trial = new Trial(Backend.choose("native"), folder)) {
                Child child = trial.script("read line || echo read nothing; echo out; echo err >&2")
                        .spawn();
                Files.writeString(Path.of(arguments[0]), trial.output(child) + trial.errors(child));
            }
        }
    }
}
