package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.SecretFinder.Found;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The longest argument of a command that Linux starts has 131,071 bytes. A time that grows with their square shows here. */
@Timeout(600)
class SecretFinderTest {

    private static final int LONG = 600_000;

    @Test
    void aNameOfDigitsTakesNoLongerThanAnother() {
        String name = "a" + "1".repeat(LONG) + "b";

        assertThat(SecretNames.isSecret(name, "value")).isFalse();
        assertThat(SecretNames.words("PASSWORD2")).containsExactly("password");
        assertThat(SecretNames.words("2fa_TOKEN22")).containsExactly("2fa", "token");
    }

    @Test
    void aChainOfAssignmentsIsOneSecret() {
        String text = "x " + "TOKEN=".repeat(LONG / 6) + "s3cr3t end";

        assertThat(SecretFinder.inText(text))
                .containsExactly(new Found("TOKEN", "x TOKEN=".length(), text.length() - " end".length()));
    }

    @Test
    void aNameAtTheEndOfASecretHasOneOfItsOwn() {
        String text = "TOKEN=PASSWORD=\"s3cr3t value\" end";

        assertThat(SecretFinder.inText(text))
                .containsExactly(
                        new Found("TOKEN", "TOKEN=".length(), "TOKEN=PASSWORD=".length()),
                        new Found("PASSWORD", text.indexOf("s3"), text.indexOf("\" end")));
    }

    @Test
    void aFileAmongSecretsIsNone() {
        assertThat(SecretFinder.inText("x CREDENTIALS=/a/CREDENTIALS=/b CREDENTIALS=s3cr3t"))
                .extracting(Found::start)
                .containsExactly("x CREDENTIALS=/a/CREDENTIALS=/b CREDENTIALS=".length());
    }

    @Test
    void allKindsAreFoundInALongArgument() {
        String text = "https://user:pass1@host {\"token\":\"s3cr3t\"} --password='s3cr3t x' a=b ";

        assertThat(SecretFinder.inArgument(List.of("sh", text.repeat(LONG / 100)), 1))
                .hasSize(3 * LONG / 100);
    }
}
