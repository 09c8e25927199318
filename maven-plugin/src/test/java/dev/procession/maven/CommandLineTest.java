package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CommandLineTest {

    static Stream<Arguments> lines() {
        return Stream.of(
                line("redis-server --port 1", "redis-server", "--port", "1"),
                line("  a\n\t b  ", "a", "b"),
                line("a 'b c' d\"e f\"g", "a", "b c", "de fg"),
                line("a '' \"\"", "a", "", ""),
                line("a\\ b \\\"c\\'", "a b", "\"c'"),
                line("'a\\b' \"a\\b\" \"a\\\"b\\\\c\"", "a\\b", "a\\b", "a\"b\\c"),
                line("'a|b' \"x;y\" \\&", "a|b", "x;y", "&"),
                line("@{env:A b} x@{port}y", "@{env:A b}", "x@{port}y"),
                line("price$ 100$ '$HOME' \"\\$HOME\" \\$HOME", "price$", "100$", "$HOME", "$HOME", "$HOME"),
                line("printf a \\\n  b \"c\\\nd\" \\\r\n e 'f\\\ng'", "printf", "a", "b", "cd", "e", "f\\\ng"),
                line("a~ '~/b' file~/c", "a~", "~/b", "file~/c"),
                line("", new String[0]));
    }

    private static Arguments line(String text, String... arguments) {
        return Arguments.of(text, List.of(arguments));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void isSplitAsAShellDoes(String text, List<String> arguments) {
        assertThat(CommandLine.split("<command>", text)).isEqualTo(arguments);
    }

    @ParameterizedTest
    @MethodSource("ofShells")
    void whatOnlyAShellCanDo_isRefused(String text, String problem) {
        assertThatThrownBy(() -> CommandLine.split("<command>", text))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'<command>' has a " + problem);
    }

    static Stream<Arguments> ofShells() {
        String quote = "quote it if it is meant literally; otherwise write <arguments> with sh, -c and the script";
        String variable = "write @{env:NAME} for a variable of the environment, or put it between single quotes";
        return Stream.of(
                Arguments.of("a | b", "| in \"a | b\", and no shell will understand it; " + quote),
                Arguments.of("a > b", "> in \"a > b\", and no shell will understand it; " + quote),
                Arguments.of("java -jar *.jar", "* in \"java -jar *.jar\", and no shell will understand it; " + quote),
                Arguments.of("$HOME/a", "$ in \"$HOME/a\", and no shell will replace what follows; " + variable),
                Arguments.of("\"$HOME\"", "$ in \"\"$HOME\"\", and no shell will replace what follows; " + variable),
                Arguments.of("a $(b)", "$ in \"a $(b)\", and no shell will replace what follows; " + variable),
                Arguments.of(
                        "~/a",
                        "~ in \"~/a\", and no shell will make a folder of it; write @{env:HOME}, or quote it if it is"
                                + " meant literally"));
    }

    @Test
    void aQuoteWithoutAnEnd() {
        assertThatThrownBy(() -> CommandLine.split("<command>", "echo \"a b"))
                .hasMessage(
                        "'<command>' has a quote without an end in \"echo \"a b\", at index 5; close it, or write \\\""
                                + " for the character");
    }
}
