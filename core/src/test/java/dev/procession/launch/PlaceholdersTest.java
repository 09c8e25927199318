package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import dev.procession.testkit.ChildJvm;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaceholdersTest {

    private static final String KNOWN = "known are ${port} ${port:NAME} ${process:NAME:port} ${process:NAME:port:PORT}"
            + " ${process:NAME:directory} ${directory} ${basedir} ${java} ${classpath} ${env:NAME} ${sys:NAME}; ";

    private static final Map<String, String> VALUES = Map.of(
            "port", "21873",
            "directory", "/folder",
            "basedir", "/base",
            "java", "/jdk/bin/java",
            "classpath", "/a.jar:/b.jar",
            "env:HOME", "/home/me",
            "sys:os.name", "Linux",
            "env:MONEY", "$1 \\ ${port}");

    private static String expand(String text) {
        return Placeholders.expand("command", text, reference -> Optional.ofNullable(VALUES.get(reference)));
    }

    @ParameterizedTest
    @CsvSource({
        "${port},21873",
        "${directory},/folder",
        "${basedir},/base",
        "${java},/jdk/bin/java",
        "${classpath},/a.jar:/b.jar",
        "${env:HOME},/home/me",
        "${sys:os.name},Linux",
        "@{port},21873",
        "@{sys:os.name},Linux",
        "--port=${port},--port=21873",
        "${port}${port},2187321873",
        "@{basedir}/x:${directory}/y,/base/x:/folder/y"
    })
    void everyPlaceholderBecomesItsValue(String text, String expanded) {
        assertThat(expand(text)).isEqualTo(expanded);
    }

    @ParameterizedTest
    @CsvSource({
        "${env:NONE:-y},y",
        "${sys:none:-y},y",
        "@{sys:none:-y},y",
        "${env:NONE:-},''",
        "${env:NONE:-a:-b},a:-b",
        "${env:NONE:-with space},with space",
        "${env:HOME:-y},/home/me"
    })
    void aDefaultCountsWhereThereIsNoValue(String text, String expanded) {
        assertThat(expand(text)).isEqualTo(expanded);
    }

    @ParameterizedTest
    @CsvSource({
        "$${port},${port}",
        "@@{port},@{port}",
        "$${nonsense},${nonsense}",
        "$${,${",
        "@@{,@{",
        "a$${b}c${port},a${b}c21873",
        "$,$",
        "@,@",
        "$port,$port",
        "user@host,user@host",
        "{port},{port}",
        "$1 \\ @,$1 \\ @",
        "'',''"
    })
    void everythingElseMeansItself(String text, String expanded) {
        assertThat(expand(text)).isEqualTo(expanded);
    }

    @Test
    void aValueIsNotExpandedAgain() {
        assertThat(expand("${env:MONEY}")).isEqualTo("$1 \\ ${port}");
    }

    @ParameterizedTest
    @CsvSource({
        "${prot},'did you mean ${port}? ',$${prot}",
        "@{Port},'did you mean @{port}? ',@@{Port}",
        "${class-path},'did you mean ${classpath}? ',$${class-path}",
        "${nonsense},'',$${nonsense}",
        "${},'',$${}",
        "${env:},'',$${env:}",
        "${home:-x},'',$${home:-x}"
    })
    void anUnknownPlaceholderIsAnErrorThatListsTheKnown(String token, String suggestion, String literal) {
        assertThatThrownBy(() -> expand("a " + token + " b"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' has an unknown placeholder " + token + "; " + suggestion
                        + KNOWN.replace('$', token.charAt(0)) + "write "
                        + literal + " for the literal text");
    }

    @Test
    void anUnclosedPlaceholderIsAnError() {
        assertThatThrownBy(() -> expand("--port ${port --save"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' has a placeholder without an end in \"--port ${port --save\";"
                        + " close it with '}', or write $${ for a literal ${");
        assertThatThrownBy(() -> expand("@{"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' has a placeholder without an end in \"@{\";"
                        + " close it with '}', or write @@{ for a literal @{");
    }

    @Test
    void aVariableThatIsNotSetIsAnError() {
        assertThatThrownBy(() -> expand("${env:NONE}"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' has ${env:NONE}, but the environment variable NONE is not set;"
                        + " set it, or give a default as ${env:NONE:-…}");
    }

    @Test
    void aSystemPropertyThatIsNotSetIsAnError() {
        assertThatThrownBy(() -> expand("@{sys:none}"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' has @{sys:none}, but the system property none is not set;"
                        + " set it, or give a default as @{sys:none:-…}");
    }

    @Test
    void aPlaceholderInsideAnotherIsAnError() {
        assertThatThrownBy(() -> expand("${env:NONE:-${port}}"))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' has a placeholder inside another in \"${env:NONE:-${port}}\";"
                        + " give a default that is plain text");
    }

    @Test
    void defaultsThatAreNestedDeeplyAreRefusedBriefly() {
        String nested = "${sys:x:-".repeat(20_000) + "y" + "}".repeat(20_000);
        assertThatThrownBy(() -> expand(nested))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'command' " + ("has a placeholder inside another in \"" + nested).substring(0, 2_000)
                        + "…; give a default that is plain text");
    }

    @Test
    void whatADescriptionRefersToIsFoundEverywhereInIt() {
        ProcessSpec spec = ProcessSpec.command("x", "${env:HOME:-y}", "$${java}")
                .environment("A", "@{directory}:${port}")
                .ready(Readiness.DEFAULT.tcp("localhost:${port}").http("http://localhost:8080${sys:path}"))
                .build();

        assertThat(Placeholders.references(spec)).containsExactly("env:HOME", "directory", "port", "sys:path");
    }

    @Test
    void outsideOfAProcess_variablesAndThisJvmAreKnown() {
        assertThat(Placeholders.expandHere("args", "${basedir}/@{sys:no.such.property:-x}$${y}"))
                .isEqualTo(Path.of("").toAbsolutePath() + "/x${y}");
        assertThat(Placeholders.expandHere("process", "${java}"))
                .isEqualTo(System.getProperty("java.home") + "/bin/java");
        assertThatThrownBy(() -> Placeholders.expandHere("args", "-p ${process:db:port}"))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage("'args' refers to ${process:db:port}, which only a process has that is started here; use"
                        + " ${basedir}, ${java}, ${env:NAME} or ${sys:NAME}");
    }

    @ParameterizedTest
    @CsvSource({
        "native,   C",
        "native,   C.UTF-8",
        "portable, C.UTF-8",
    })
    void aVariableIsReadAsUtf8(String backend, String locale, @TempDir Path folder) throws Exception {
        assertThat(expanded(backend, locale, "geheim\\303\\204nis", folder)).isEqualTo("geheimÄnis\n");
    }

    @ParameterizedTest
    @CsvSource({
        "native,   C,       p\\344sswort",
        "native,   C.UTF-8, p\\344sswort",
        "portable, C,       geheim\\303\\204nis",
        "portable, C.UTF-8, p\\344sswort",
    })
    void aVariableThatCannotBeReadIsAnErrorThatSaysWhatToDo(
            String backend, String locale, String value, @TempDir Path folder) throws Exception {
        assertThat(expanded(backend, locale, value, folder))
                .isEqualTo(
                        "'${env:DB_PASSWORD}' has bytes that cannot be read as UTF-8; give the variable in UTF-8, and"
                                + " with the portable backend start the JVM with LC_ALL=C.UTF-8\n");
    }

    private static String expanded(String backend, String locale, String value, Path folder) throws Exception {
        return ChildJvm.of(Expanding.class)
                .nativeAccess()
                .option("-Dprocession.backend=" + backend)
                .after("export LC_ALL=" + locale + " DB_PASSWORD=$(printf '" + value + "')")
                .run(folder)
                .expectSuccess()
                .stdout();
    }

    /** Prints what a variable is, or why that is not known. */
    public static final class Expanding {
        public static void main(String[] arguments) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            try {
                out.println(Placeholders.expandHere("args", "${env:DB_PASSWORD}"));
            } catch (InvalidSpecException e) {
                out.println(e.getMessage());
            }
        }
    }
}
