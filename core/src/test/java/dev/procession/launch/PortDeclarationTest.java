package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortDeclarationTest {

    @Test
    void aNameAloneIsLeased() {
        assertThat(PortDeclaration.parse("http")).isEqualTo(new PortDeclaration("http", PortDeclaration.ANY));
        assertThat(PortDeclaration.parse("a.b_c-9")).isEqualTo(new PortDeclaration("a.b_c-9", PortDeclaration.ANY));
    }

    @Test
    void aNameWithANumberIsPinned() {
        assertThat(PortDeclaration.parse("http=1")).isEqualTo(new PortDeclaration("http", 1));
        assertThat(PortDeclaration.parse("port=65535")).isEqualTo(new PortDeclaration("port", 65535));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8080", "=8080", "9lives", "a b", "http:8080", "-x", " http"})
    void whatIsNoDeclarationIsRefused(String text) {
        assertThatThrownBy(() -> PortDeclaration.parse(text))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'ports' holds \"" + text
                        + "\"; write a name such as \"http\", or name and number \"http=8081\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http=", "http=0", "http=65536", "http=-1", "http=x", "http=80 ", "http=999999", "http=1=2"})
    void aNumberThatIsNoPortIsRefused(String text) {
        assertThatThrownBy(() -> PortDeclaration.parse(text))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'ports' holds \"" + text + "\"; a port is a number from 1 to 65535");
    }
}
