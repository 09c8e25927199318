package dev.procession.os.portable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.Child;
import dev.procession.os.Sockets;
import dev.procession.os.SocketsContract;
import dev.procession.process.FoundProcess;
import dev.procession.process.ProcessInfo;
import dev.procession.process.Signal;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Trial;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What platforms without /proc have. */
class HandleTableTest implements SocketsContract {

    private final HandleTable table = new HandleTable();

    @TempDir
    Path folder;

    @Override
    public Sockets sockets() {
        return new NoSockets();
    }

    @Test
    void find_runningProcess_givesItsRow() throws Exception {
        try (Trial trial = new Trial(Backends.portable(), folder)) {
            Child child = trial.program("/bin/sleep", "1000").spawn();
            long pid = child.id().pid();
            Await.until("setsid has made way", () -> table.commandLine(pid).size() == 2);

            ProcessInfo row = table.find(pid).orElseThrow();

            assertThat(row.name()).isEqualTo("sleep");
            assertThat(row.isDead()).isFalse();
            assertThat(row.parentPid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(table.isAlive(row.id())).isTrue();
            assertThat(table.commandLine(pid).get(1)).isEqualTo("1000");
            assertThat(table.scan()).extracting(ProcessInfo::id).contains(row.id());
            assertThat(row.id().startTicks()).isLessThanOrEqualTo(table.nowTicks());
            assertThat(table.runs(pid, Path.of("/bin/sleep"))).isTrue();
            assertThat(table.runs(pid, Path.of("/bin/sh"))).isFalse();
            assertThat(table.image(pid)).isEmpty();
            assertThat(table.scan((line, length) ->
                            new String(line, 0, length, StandardCharsets.UTF_8).endsWith("sleep\0" + "1000\0")))
                    .extracting(FoundProcess::id)
                    .contains(row.id());

            Backends.portable().signaller().send(child.id(), Signal.KILL);
            Await.until("it is dead", () -> !table.isAlive(row.id()));
        }
    }

    @Test
    void find_noSuchPid_isEmpty() {
        assertThat(table.find(Long.MAX_VALUE)).isEmpty();
        assertThat(table.commandLine(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void whatTheJdkDoesNotTell_isEmpty() {
        long self = ProcessHandle.current().pid();

        assertThat(table.environment(self)).isEmpty();
        assertThat(table.socketInodes(self)).isEqualTo(List.of());
        assertThat(table.workingDirectory(self)).isEmpty();
        assertThat(table.outputs(self)).isEmpty();
        assertThat(table.userId(self)).isEmpty();
        assertThat(sockets().seesListeners()).isFalse();
        assertThat(sockets().listeners(80)).isEmpty();
    }
}
