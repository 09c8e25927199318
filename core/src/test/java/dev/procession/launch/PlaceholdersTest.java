package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.InvalidSpecException;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.ChildJvm.Result;
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

    @Test
    void aVariableThatTheLocaleCannotHoldIsAnErrorThatSaysWhatToDo(@TempDir Path folder) throws Exception {
        Result result = ChildJvm.of(Expanding.class)
                .after("export LC_ALL=C DB_PASSWORD=$(printf 'geheim\\303\\204nis')")
                .run(folder)
                .expectSuccess();

        assertThat(result.stdout())
                .isEqualTo("'${env:DB_PASSWORD}' has bytes that the JVM cannot read in its locale; start the JVM with"
                        + " LC_ALL=C.UTF-8, and give the variable in UTF-8\n");
    }

    /** Prints what a variable is, or why that is not known. */
    public static final class Expanding {
        public static void main(String[] arguments) {
            try {
                System.out.println(Placeholders.expandHere("args", "${env:DB_PASSWORD}"));
            } catch (InvalidSpecException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
