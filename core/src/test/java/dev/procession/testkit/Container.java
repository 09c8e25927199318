package dev.procession.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A root with the capabilities that Docker leaves to one: without SYS_PTRACE. */
public final class Container {

    private static final String SETPRIV = "/usr/bin/setpriv";

    private static final String CAPABILITIES = Stream.of(
                    "chown",
                    "dac_override",
                    "fowner",
                    "fsetid",
                    "kill",
                    "setgid",
                    "setuid",
                    "setpcap",
                    "net_bind_service",
                    "net_raw",
                    "sys_chroot",
                    "mknod",
                    "audit_write",
                    "setfcap")
            .map(capability -> ",+" + capability)
            .collect(Collectors.joining("", "-all", ""));

    private Container() {}

    /** What stands before a command that is to run so. */
    public static String[] root() {
        return new String[] {SETPRIV, "--bounding-set", CAPABILITIES, "--inh-caps=-all"};
    }

    /** What stands before a command that is to run as another user. */
    public static List<String> nobody() {
        return List.of(SETPRIV, "--reuid", "65534", "--regid", "65534", "--clear-groups");
    }

    public static void assumePossible() throws IOException, InterruptedException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
        assumeTrue(Files.isExecutable(Path.of(SETPRIV)), "needs setpriv");
        List<String> command = new ArrayList<>(List.of(root()));
        command.addAll(nobody());
        command.add("/bin/true");
        int code = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assumeTrue(code == 0, "needs a container's capabilities");
    }
}
