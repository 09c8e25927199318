package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.ProcessLog;
import dev.procession.launch.ProcessSpec;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A child inherits the bytes of a secret, whatever the JVM takes them for in its locale. */
class InheritedSecretsTest {

    @ParameterizedTest
    @CsvSource({
        "C,       geheim\\303\\204nis\\342\\202\\25442",
        "C.UTF-8, geheim\\303\\204nis\\342\\202\\25442",
        "C,       p\\344sswort-xyz",
        "C.UTF-8, p\\344sswort-xyz",
    })
    void aSecretOutsideAsciiIsShownNowhere(String locale, String secret, @TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(FailedLogin.class)
                .nativeAccess()
                .after("export LC_ALL=" + locale + " DB_PASSWORD=$(printf '" + secret + "')")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout()).isEqualTo("""
                        message:
                            login with *** failed
                        copied log:
                        login with *** failed
                        """);
    }

    /** Prints what the failed start of a process says of its password, and the copy of its log. */
    public static final class FailedLogin {
        public static void main(String[] arguments) throws Exception {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            try (Supervisor supervisor = Supervisor.create(Path.of("processes"))) {
                try {
                    supervisor.start(ProcessSpec.command("sh", "-c", "echo \"login with $DB_PASSWORD failed\"; exit 1")
                            .name("login")
                            .build());
                } catch (StartFailedException e) {
                    out.println("message:");
                    e.getMessage()
                            .lines()
                            .filter(line -> line.contains("login with") && !line.contains("$"))
                            .forEach(out::println);
                }
                out.println("copied log:");
                ProcessLog log = supervisor.process("login").orElseThrow().log();
                ByteArrayOutputStream copy = new ByteArrayOutputStream();
                try (InputStream bytes = Files.newInputStream(log.files().get(0))) {
                    log.secrets().copyMasked(bytes, 0, Long.MAX_VALUE, copy);
                }
                out.print(copy.toString(StandardCharsets.UTF_8));
            }
        }
    }
}
