package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.StartFailedException;
import dev.procession.testkit.Backends;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each test has a property of its own: they belong to the whole JVM. */
class PortPropertiesTest {

    private static final String SLEEPS = "echo ready; exec sleep 1000";

    private final String property = "procession.test." + System.identityHashCode(this);

    @TempDir
    Path folder;

    @AfterEach
    void clear() {
        System.clearProperty(property);
    }

    private ProcessSpec spec(String name, String script) {
        return Stage.script(name, script, "${port}").portProperty(property).build();
    }

    private Stage stage() {
        return new Stage(Backends.nativeOne(), folder);
    }

    @Test
    void start_withAProperty_holdsThePortUntilTheClose() {
        try (Stage stage = stage()) {
            SupervisedProcess process = stage.supervisor().start(spec("api", SLEEPS));
            assertThat(System.getProperty(property)).isEqualTo("" + process.port());

            process.stop();
            assertThat(System.getProperty(property)).isEqualTo("" + process.port());
        }
        assertThat(System.getProperty(property)).isNull();
    }

    @Test
    void close_propertyWasSetBefore_isAsItWas() {
        System.setProperty(property, "mine");
        try (Stage stage = stage()) {
            stage.supervisor().start(spec("api", SLEEPS));
            assertThat(System.getProperty(property)).isNotEqualTo("mine");
        }
        assertThat(System.getProperty(property)).isEqualTo("mine");
    }

    @Test
    void start_propertyIsHeldByAnother_isRefused() {
        String message = "ProcessSpec 'other': 'portProperty' is \"" + property
                + "\", which is held by ProcessSpec 'api' at the moment; give them different names, or inject the port"
                + " instead";
        try (Stage stage = stage()) {
            SupervisedProcess api = stage.supervisor().start(spec("api", SLEEPS));

            assertThatThrownBy(() -> stage.supervisor().start(spec("other", SLEEPS)))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage(message);
            assertThat(System.getProperty(property)).isEqualTo("" + api.port());
        }
        try (Stage stage = stage()) {
            assertThatThrownBy(() -> stage.supervisor().startAll(List.of(spec("api", SLEEPS), spec("other", SLEEPS))))
                    .isExactlyInstanceOf(InvalidSpecException.class)
                    .hasMessage(message);
            assertThat(System.getProperty(property)).isNull();

            stage.supervisor().start(spec("other", SLEEPS));
        }
    }

    @Test
    void start_fails_thePropertyIsGivenBack() {
        try (Stage stage = stage()) {
            assertThatThrownBy(() -> stage.supervisor().start(spec("api", "exit 1")))
                    .isInstanceOf(StartFailedException.class);
            assertThat(System.getProperty(property)).isNull();

            assertThat(stage.supervisor().start(spec("api", SLEEPS)).port()).isEqualTo(Integer.getInteger(property));
        }
    }
}
