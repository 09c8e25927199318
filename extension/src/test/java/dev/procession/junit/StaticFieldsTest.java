package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

class StaticFieldsTest {

    /** Inherited by whoever wants it. */
    static class Base {
        static Object process;
    }

    private final StaticFields fields = new StaticFields();
    private final Blame blame = new Blame();
    private final RunProcesses run = new RunProcesses(() -> Settings.DEFAULT, blame);
    private final ScopedProcesses one =
            ScopedProcesses.ofClass("OneTest", null, () -> Path.of("target"), run, blame, false);
    private final ScopedProcesses other =
            ScopedProcesses.ofClass("OtherTest", null, () -> Path.of("target"), run, blame, false);
    private Field field;

    @BeforeEach
    void find() throws NoSuchFieldException {
        field = Base.class.getDeclaredField("process");
    }

    @Test
    void twoClassesCannotHoldDifferentProcessesAtTheSameTime() {
        fields.claim(field, one, "first");

        assertThatThrownBy(() -> fields.claim(field, other, "second"))
                .isExactlyInstanceOf(ExtensionConfigurationException.class)
                .hasMessage(
                        "field 'process' of StaticFieldsTest.Base holds a process of OneTest, which runs at the same"
                                + " time as OtherTest; take the process as a parameter, or into an instance field");
    }

    @Test
    void oneAfterTheOtherTheyCan() {
        fields.claim(field, one, "first");
        one.close();

        assertThatCode(() -> fields.claim(field, other, "second")).doesNotThrowAnyException();
    }

    @Test
    void whatTheyShareTheyCanHoldTogether() {
        fields.claim(field, one, "shared");
        fields.claim(field, one, "shared");

        assertThatCode(() -> fields.claim(field, other, "shared")).doesNotThrowAnyException();
    }
}
