package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;
import dev.procession.testkit.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class ShellTest {

    @TempDir
    private Path folder;

    private Path program(String name, String permissions) throws IOException {
        Path program = folder.resolve(name);
        Files.createDirectories(program.getParent());
        Files.createFile(program);
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void in_whatIsCalledShComesFirst_andOnlyWhatCanBeStarted() throws Exception {
        program("one/sh", "rw-r--r--");
        Path bash = program("one/bash", "rwxr-xr-x");
        Path busybox = program("one/busybox", "rwxr-xr-x");
        Path sh = program("two/sh", "rwxr-xr-x");
        Files.createDirectories(folder.resolve("two/dash"));
        Set<Path> folders = new LinkedHashSet<>(
                List.of(folder.resolve("none"), folder.resolve("one"), folder.resolve("two"), Path.of("")));

        assertThat(Shell.in(folders)).containsExactly(new Shell(sh, ""), new Shell(busybox, "sh"), new Shell(bash, ""));
    }

    @Test
    void onThisMachine_beginsWithSh() {
        assertThat(Shell.onThisMachine().get(0)).isEqualTo(new Shell(Path.of("/bin/sh"), ""));
    }

    @Test
    void watchdog_withoutAnyShell_saysOnceWhatFollows() {
        OperatingSystem system = Backends.nativeOne();
        Watchdog watchdog = new Watchdog(system, "1-2", new RunRecords(folder.resolve("records")), List::of);
        try (CapturedLog log = new CapturedLog("dev.procession")) {
            watchdog.start();
            watchdog.start();

            assertThat(log.naming("There is no watchdog"))
                    .containsExactly(
                            "WARNING There is no watchdog: if this JVM is killed, what it started stays until the next one"
                                    + " looks for it. Cause: no shell was found, neither sh nor dash, ash, busybox, bash;"
                                    + " install one as /bin/sh");
        } finally {
            watchdog.end();
        }
    }
}
