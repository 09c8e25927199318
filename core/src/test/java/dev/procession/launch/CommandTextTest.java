package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    void whatStandsWhereSecretsStandIsMasked() {
        assertThat(CommandText.of(List.of("redis-server", "--requirepass", "it's me", "--port", "1")))
                .isEqualTo("redis-server --requirepass '***' --port 1");
        assertThat(CommandText.of(List.of("java", "-Ddb.password=it's me", "redis://me:you@host")))
                .isEqualTo("java '-Ddb.password=***' 'redis://me:***@host'");
    }

    @Test
    void aKnownSecretIsMaskedWhereverItStands() {
        Secrets secrets = Secrets.of(List.of(), Map.of("API_TOKEN", "it's me"));

        assertThat(CommandText.of(List.of("app", "it's me", "--token=other"), secrets))
                .isEqualTo("app '***' '--token=***'");
    }

    @Test
    void theCutLeavesNoPartOfASecret() {
        Secrets secrets = Secrets.of(List.of(), Map.of("API_TOKEN", "s3cr3t-Value"));

        assertThat(CommandText.of(List.of("x".repeat(1_993) + "-s3cr3t-Value"), secrets))
                .isEqualTo("'" + "x".repeat(1_993) + "-***'");
        assertThat(CommandText.of(List.of("x".repeat(1_995), "--token=s3cr3t-Value")))
                .isEqualTo("x".repeat(1_995) + " '--t…");
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
