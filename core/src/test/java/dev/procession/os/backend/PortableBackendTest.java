package dev.procession.os.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.Child;
import dev.procession.os.DeathWatchContract;
import dev.procession.os.FileWatchContract;
import dev.procession.os.OperatingSystem;
import dev.procession.os.SignalContract;
import dev.procession.os.Sockets;
import dev.procession.os.SocketsContract;
import dev.procession.os.SpawnContract;
import dev.procession.process.ExitStatus;
import dev.procession.process.Signal;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Trial;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and where the portable implementation falls short of the native one. */
@Tag("locale")
class PortableBackendTest
        implements SpawnContract, SignalContract, DeathWatchContract, FileWatchContract, SocketsContract {

    @Override
    public OperatingSystem system() {
        return Backends.portable();
    }

    @Override
    public Sockets sockets() {
        return system().sockets();
    }

    @Override
    public boolean canWriteAnything() {
        return Charset.forName(System.getProperty("sun.jnu.encoding"))
                .newEncoder()
                .canEncode("€");
    }

    @Test
    void description_isPortable() {
        assertThat(system().description()).isEqualTo("portable");
    }

    @Test
    void exit_bySignalAndByTheCodeThatLooksLikeIt_areBothUnknown(@TempDir Path folder) throws Exception {
        ExitStatus either = new ExitStatus.Unknown(
                OptionalInt.of(143), "either exit code 143 or signal 15, which the portable backend cannot tell apart");
        try (Trial trial = new Trial(system(), folder)) {
            assertThat(trial.script("kill -TERM $$").run()).isEqualTo(either);
            assertThat(trial.script("exit 143").run()).isEqualTo(either);
        }
    }

    @Test
    void signalGroup_isNeverSent(@TempDir Path folder) throws Exception {
        try (Trial trial = new Trial(system(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();

            assertThat(child.signalGroup(Signal.TERM)).isFalse();
        }
    }
}
