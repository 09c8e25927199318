package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandTextTest {

    @Test
    void plainArgumentsStandAsTheyAre() {
        assertThat(CommandText.of(List.of("./api", "--port=21873", "a:b,c%d@e+f", "x_y.z")))
                .isEqualTo("./api --port=21873 a:b,c%d@e+f x_y.z");
    }

    @Test
    void otherArgumentsAreQuotedForAShell() {
        assertThat(CommandText.of(List.of("sh", "-c", "echo $HOME; exit 1", "", "it's", "a\nb", "ä", "*")))
                .isEqualTo("sh -c 'echo $HOME; exit 1' '' 'it'\\''s' 'a\nb' 'ä' '*'");
    }

    @Test
    void aVeryLongCommandIsCut() {
        assertThat(CommandText.of(List.of("x".repeat(2_000)))).isEqualTo("x".repeat(2_000));
        assertThat(CommandText.of(List.of("x".repeat(2_001)))).isEqualTo("x".repeat(2_000) + "…");
    }

    @Test
    void aPathBelowTheStartDirectoryIsShownFromThere() {
        Path base = Path.of("").toAbsolutePath();

        assertThat(CommandText.of(base.resolve("target/api/stdout.log"))).isEqualTo("target/api/stdout.log");
    }

    @Test
    void otherPathsAreShownWhole() {
        Path base = Path.of("").toAbsolutePath();

        assertThat(CommandText.of(base)).isEqualTo(base.toString());
        assertThat(CommandText.of(base.resolveSibling("no-such-sibling")))
                .isEqualTo(base.resolveSibling("no-such-sibling").toString());
    }
}
