package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.OutputPolicy;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.StopScope;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.Signal;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.codehaus.plexus.configuration.xml.XmlPlexusConfiguration;
import org.codehaus.plexus.util.xml.Xpp3DomBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What may stand in a service, and how what may not is told. */
class ServiceReaderTest {

    private static List<Service> read(Map<String, String> properties, String services) {
        return read(Path.of("/project"), properties, services);
    }

    private static List<Service> read(Path basedir, Map<String, String> properties, String services) {
        try {
            XmlPlexusConfiguration xml = new XmlPlexusConfiguration(
                    Xpp3DomBuilder.build(new StringReader("<services>" + services + "</services>")));
            return new ServiceReader(
                            new Expressions(token -> properties.get(token.substring(2, token.length() - 1))),
                            new Pins(properties::get, properties.keySet()),
                            basedir,
                            "app",
                            false)
                    .read(xml);
        } catch (InvalidSpecException e) {
            throw new IllegalArgumentException(PomWords.message(e), e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Service readOne(String inside) {
        return read(Map.of(), "<service>" + inside + "</service>").get(0);
    }

    @Test
    void everythingHasItsPlace() {
        ProcessSpec spec =
                read(Path.of("").toAbsolutePath(), Map.of(), """
                <service>
                <name>api</name>
                <command>./api --port @{port} @{port:admin}</command>
                <ports><port>admin</port><port>web=8081</port></ports>
                <environment><A>1</A><EMPTY/></environment>
                <inheritEnvironment>false</inheritEnvironment>
                <directory>work</directory>
                <files><file><from>pom.xml</from><to>b.xml</to></file></files>
                <dependsOn><service>db</service><service>queue</service></dependsOn>
                <ready>
                  <http>/health</http><status>200</status>
                  <log>up</log><times>2</times><failOnLog>FATAL</failOnLog>
                  <tcp><endpoint>admin</endpoint><endpoint>9999</endpoint></tcp>
                  <command>check 'it all'</command>
                  <timeout>2m</timeout>
                </ready>
                <stop><signal>INT</signal><gracePeriod>3s</gracePeriod><scope>group</scope><retries>1</retries>
                <leave><name>epmd</name></leave></stop>
                <runAs><umask>027</umask><nice>5</nice></runAs>
                <searchPath>/opt/*/bin</searchPath>
                <stdin>hello</stdin>
                <output>PIPE</output>
                <consoleLog>true</consoleLog>
                </service>
                """).get(0).spec();

        assertThat(spec.name()).isEqualTo("api");
        assertThat(spec.command()).containsExactly("./api", "--port", "@{port}", "@{port:admin}");
        assertThat(spec.environment()).isEqualTo(Map.of("A", "1", "EMPTY", ""));
        assertThat(spec.inheritEnvironment()).isFalse();
        assertThat(spec.directory()).isEqualTo(Path.of("work"));
        assertThat(spec.dependsOn()).containsExactlyInAnyOrder("db", "queue");
        assertThat(spec.ready().http()).containsExactly("/health");
        assertThat(spec.ready().tcp()).containsExactly("admin", "9999");
        assertThat(spec.ready().command()).containsExactly("check", "it all");
        assertThat(spec.ready().timeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(spec.stop().signal()).isEqualTo(Signal.INT);
        assertThat(spec.stop().gracePeriod()).isEqualTo(Duration.ofSeconds(3));
        assertThat(spec.stop().scope()).isEqualTo(StopScope.GROUP);
        assertThat(spec.stop().retries()).isEqualTo(1);
        assertThat(spec.stop().leave()).containsExactly("epmd");
        assertThat(spec.files()).hasSize(1);
        assertThat(spec.runAs().umask()).isEqualTo("027");
        assertThat(spec.searchPath()).containsExactly("/opt/*/bin");
        assertThat(spec.stdin()).isEqualTo("hello");
        assertThat(spec.output()).isEqualTo(OutputPolicy.PIPE);
        assertThat(spec.consoleLog()).isTrue();
        assertThat(spec.portProperty())
                .as("a system property, which modules built at the same time share")
                .isEmpty();
    }

    @Test
    void aServiceIsCalledByItsProgram() {
        assertThat(readOne("<command>/usr/bin/redis-server</command>").spec().name())
                .isEqualTo("redis-server");
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistake_isToldWithElementValueAndFix(String service, String message) {
        assertThatThrownBy(() -> readOne(service)).hasMessage(message);
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake(
                        "",
                        "<service> 1 of app: <command> is missing; give the program and its arguments in one line, or each"
                                + " as <argument> in <arguments>"),
                mistake(
                        "<name>a</name><command>x</command><arguments><argument>x</argument></arguments>",
                        "<service> 'a' of app: <command> stands beside <arguments>; keep one of them"),
                mistake(
                        "<name>a b</name><command>x</command>",
                        "<service> 'a b' of app: <name> is \"a b\", but it names a folder; use letters, digits, '.', '_' and"
                                + " '-' only"),
                mistake(
                        "<name>a</name><command>x</command><name>b</name>",
                        "<service> 1 of app: <name> stands there twice; remove one of them"),
                mistake(
                        "<command>x</command><output>FILE</output>",
                        "<service> 1 of app: <output> is \"FILE\"; write PIPE, or leave it out for plain files"),
                mistake(
                        "<command>x</command><stop><gracePeriod>10</gracePeriod></stop>",
                        "<service> 1 of app: <stop><gracePeriod> is \"10\": a bare number has no unit; write 10s or 10ms"),
                mistake(
                        "<command>x</command><stop><signal>TREM</signal></stop>",
                        "<service> 1 of app: <stop><signal> is \"TREM\", which is none; did you mean TERM? known are HUP"
                                + " INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT"
                                + " STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"),
                mistake(
                        "<command>x</command><stop>TERM</stop>",
                        "<service> 1 of app: <stop> holds the text \"TERM\"; it holds elements, such as <signal>"),
                mistake(
                        "<command>x</command><ready><times>two</times><log>x</log></ready>",
                        "<service> 1 of app: <ready><times> is \"two\", which is no number; give a whole number"),
                mistake(
                        "<command>x</command><ready><log/></ready>",
                        "<service> 1 of app: <ready><log> is empty; give it a value, or remove it"),
                mistake(
                        "<command>x</command><ready><log>(</log></ready>",
                        "<service> 1 of app: <ready><log> is \"(\", which is no regular expression: Unclosed group at"
                                + " index 1; escape characters that are meant literally with a backslash"),
                mistake(
                        "<command>x</command><consoleLog>yes</consoleLog>",
                        "<service> 1 of app: <consoleLog> is \"yes\"; write true or false"),
                mistake(
                        "<command>x</command><command><a/></command>",
                        "<service> 1 of app: <command> stands there twice; remove one of them"),
                mistake(
                        "<command><a/></command>",
                        "<service> 1 of app: <command> holds <a>; it holds nothing but text"),
                mistake(
                        "<command>x</command><ready timeout=\"1ms\"><exit>0</exit></ready>",
                        "<service> 1 of app: <ready> has the attribute timeout=\"1ms\"; write an element, <timeout>"),
                mistake(
                        "<command>x</command><dependsOn><name>a</name></dependsOn>",
                        "<service> 1 of app: <dependsOn><name> is not known here; known is <service>"),
                mistake(
                        "<command>x</command><enviroment/>",
                        "<service> 1 of app: <enviroment> is not known here; did you mean <environment>? known are <name>"
                                + " <command> <arguments> <ready> <ports> <portProperty> <environment>"
                                + " <inheritEnvironment> <directory> <files> <dependsOn> <stop> <restart> <expectedExitCodes>"
                                + " <priority> <runAs> <searchPath> <stdin> <output> <consoleLog>"),
                mistake(
                        "<command>x</command><environment>A=1</environment>",
                        "<service> 1 of app: <environment> holds the text \"A=1\"; write an element for each,"
                                + " <NAME>value</NAME>"),
                mistake(
                        "<command>x</command><portProperty>p</portProperty>",
                        "<service> 1 of app: <portProperty> is \"p\", but the service has no main port; put @{port} into"
                                + " its <command> or <environment>"),
                mistake(
                        "<command>x @{prot}</command>",
                        "<service> 1 of app: <command> has an unknown placeholder @{prot}; did you mean @{port}? known"
                                + " are @{port} @{port:NAME} @{process:NAME:port} @{process:NAME:port:PORT}"
                                + " @{process:NAME:directory} @{directory} @{basedir} @{java} @{env:NAME} @{sys:NAME};"
                                + " write @@{prot} for the literal text"),
                mistake(
                        "<command>x @{classpath}</command>",
                        "<service> 1 of app: <command> has @{classpath}, which would be that of Maven itself; run a jar"
                                + " with @{java} -jar, or let dependency:build-classpath set a property"),
                mistake(
                        "<command>x</command><files><file><from>classpath:/a</from><to>b</to></file></files>",
                        "<service> 1 of app: <files><file><from> is \"classpath:/a\", but a build has no class path of its"
                                + " own; give a path from ${project.basedir}"),
                mistake(
                        "<command>x</command><files><file><from>a.conf</from><to>b</to></file></files>",
                        "<service> 1 of app: <files><file><from> is \"a.conf\", and there is no file /project/a.conf;"
                                + " give a path from ${project.basedir}"),
                mistake(
                        "<command>x ${port}</command>",
                        "<service> 1 of app: <command> has ${port}, which Maven would take for one of its properties;"
                                + " write @{port}"));
    }

    private static Arguments mistake(String service, String message) {
        return Arguments.of(service, message);
    }

    @Test
    void noServices() {
        assertThatThrownBy(() -> read(Map.of(), ""))
                .hasMessage("app: <services> is empty; add a <service> with a <command> to the <configuration> of the"
                        + " plugin; an execution's is not seen from the command line");
    }

    @Test
    void whatIsNoService() {
        assertThatThrownBy(() -> read(Map.of(), "<servce/>"))
                .hasMessage("app: <services><servce> is not known here; known is <service>");
    }

    @Test
    void onePropertyForTwoPorts() {
        String service = "<command>x @{port}</command><portProperty>p</portProperty></service>";
        assertThatThrownBy(
                        () -> read(Map.of(), "<service><name>a</name>" + service + "<service><name>b</name>" + service))
                .hasMessage("<service> 'b' of app: <portProperty> is \"p\", as that of 'a' is; give each its own");
    }

    @Test
    void propertiesPinPorts() {
        Map<String, String> properties =
                Map.of("procession.a.port", "1001", "procession.a.port.web", "1002", "other", "1003");
        ProcessSpec spec = read(
                        properties,
                        "<service><name>a</name><command>x @{port} @{port:admin}</command>"
                                + "<ports><port>admin</port><port>web=1</port></ports></service>")
                .get(0)
                .spec();

        assertThat(spec.pinned("port")).hasValue(1001);
        assertThat(spec.pinned("web")).hasValue(1002);
        assertThat(spec.pinned("admin")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("wrongPins")
    void aPropertyThatPinsNothing_isToldWithValueAndFix(String property, String value, String message) {
        assertThatThrownBy(() -> read(
                        Map.of(property, value, "procession.a.port", "1000"),
                        "<service><name>a</name><command>x @{port}</command><ports><port>web</port></ports>"
                                + "<portProperty>p</portProperty></service>"))
                .hasMessage("<service> 'a' of app: property " + property + " is " + message);
    }

    static Stream<Arguments> wrongPins() {
        String noPort = ", which is no port; give a number from 1 to 65535, or remove it to have a free one";
        return Stream.of(
                Arguments.of("procession.a.port.web", "0", "\"0\"" + noPort),
                Arguments.of("procession.a.port.web", "65536", "\"65536\"" + noPort),
                Arguments.of("procession.a.port.web", "${web}", "\"${web}\"" + noPort),
                Arguments.of("p", "1001", "\"1001\", but procession.a.port is \"1000\"; set one of them"),
                Arguments.of(
                        "procession.a.port.wbe",
                        "1001",
                        "set, but no such port is in <ports>; did you mean procession.a.port.web? declare it, or remove"
                                + " it"));
    }
}
