package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import dev.procession.process.ProcessId;
import dev.procession.supervise.SupervisedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherFactory;

/** A test that ends the JVM in which it runs: nothing of what was started for it is left. */
class EndInTestTest {

    enum End {
        EXIT(5, true),
        EXIT_OF_ANOTHER_THREAD(5, true),
        /** An ordinary failure for JUnit. */
        ERROR(0, true),
        /** JUnit passes it on at once, and closes nothing any more: what was started lives until the JVM ends. */
        UNRECOVERABLE_ERROR(1, true),
        HALT(5, false);

        private final int exitCode;

        /** Whether what was started is asked to end. */
        private final boolean inOrder;

        End(int exitCode, boolean inOrder) {
            this.exitCode = exitCode;
            this.inOrder = inOrder;
        }
    }

    /** Runs the test of a child JVM. */
    static final class Main {

        private Main() {}

        public static void main(String[] arguments) {
            // That of this build ends a JVM with processes left, which are what is looked for here.
            LauncherConfig withoutListeners = LauncherConfig.builder()
                    .enableLauncherSessionListenerAutoRegistration(false)
                    .build();
            LauncherFactory.create(withoutListeners)
                    .execute(request().selectors(selectClass(Ends.class)).build());
        }
    }

    @StubbornTree
    static class Ends {

        @Test
        void endsTheJvm(SupervisedProcess tree) throws Exception {
            Files.writeString(Path.of("up"), tree.pid() + "\n");
            Fork.until("it is told to end", () -> Files.exists(Path.of("end")));
            switch (End.valueOf(System.getProperty("end"))) {
                case EXIT -> System.exit(5);
                case EXIT_OF_ANOTHER_THREAD -> {
                    Thread thread = new Thread(() -> System.exit(5));
                    thread.start();
                    thread.join();
                }
                case ERROR -> throw new Error("thrown on purpose");
                case UNRECOVERABLE_ERROR -> throw new OutOfMemoryError("thrown on purpose");
                case HALT -> Runtime.getRuntime().halt(5);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theTestEndsTheJvm_nothingIsLeft(End end, @TempDir Path folder) throws Exception {
        try (Fork jvm = Fork.startJava(folder, Main.class, "-Dend=" + end)) {
            Fork.until("the test has begun", () -> jvm.has("up") || jvm.hasEnded());
            Set<ProcessId> started = jvm.working();
            assertThat(started).as(jvm::output).hasSizeGreaterThanOrEqualTo(5);

            Files.createFile(folder.resolve("end"));

            assertThat(jvm.exitCode()).as(jvm::output).isEqualTo(end.exitCode);
            assertThat(jvm.has("farewell"))
                    .as("whether it was stopped in order")
                    .isEqualTo(end.inOrder);
            Fork.awaitDeath(started);
            Fork.until("nothing works in " + folder, () -> jvm.working().isEmpty());
            assertThat(Leftovers.now()).as("processes left behind").isEmpty();
        }
    }
}
