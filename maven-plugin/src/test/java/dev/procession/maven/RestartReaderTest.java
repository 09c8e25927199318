package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.Backoff;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.process.InvalidSpecException;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.codehaus.plexus.configuration.xml.XmlPlexusConfiguration;
import org.codehaus.plexus.util.xml.Xpp3DomBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a service says about being started again, in the words of the annotation. */
class RestartReaderTest {

    private static ProcessSpec read(String inside) {
        try {
            XmlPlexusConfiguration xml = new XmlPlexusConfiguration(Xpp3DomBuilder.build(new StringReader(
                    "<services><service><name>a</name><command>x</command>" + inside + "</service></services>")));
            Map<String, String> properties = Map.of("limit", "4");
            return new ServiceReader(
                            new Expressions(token -> properties.get(token.substring(2, token.length() - 1))),
                            new Pins(name -> null, Set.of()),
                            Path.of("/project"),
                            "app",
                            false)
                    .read(xml)
                    .get(0)
                    .spec();
        } catch (InvalidSpecException e) {
            throw new IllegalArgumentException(PomWords.message(e), e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aServiceThatSaysNothingIsNeverStartedAgain() {
        ProcessSpec spec = read("");

        assertThat(spec.restart()).contains(RestartPolicy.NEVER);
        assertThat(spec.expectedExitCodes()).containsExactly(0);
        assertThat(spec.priority()).isEqualTo(999);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<expectedExitCodes>0,2</expectedExitCodes>",
                "<expectedExitCodes> 0, 2 </expectedExitCodes>",
                "<expectedExitCodes><code>0</code><code>2</code></expectedExitCodes>"
            })
    void expectedExitCodes(String inside) {
        assertThat(read(inside).expectedExitCodes()).containsExactlyInAnyOrder(0, 2);
    }

    @Test
    void priority() {
        assertThat(read("<priority>-1</priority>").priority()).isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void policy(String restart, RestartPolicy policy) {
        assertThat(read("<restart>" + restart + "</restart>").restart()).contains(policy);
    }

    static Stream<Arguments> policies() {
        RestartPolicy always = RestartPolicy.always();
        return Stream.of(
                Arguments.of("NEVER", RestartPolicy.NEVER),
                Arguments.of("UNEXPECTED", RestartPolicy.unexpected()),
                Arguments.of("ON_FAILURE", RestartPolicy.onFailure()),
                Arguments.of(" always ", always),
                Arguments.of("<mode>ON_FAILURE</mode>", RestartPolicy.onFailure()),
                Arguments.of("<mode>UNTIL_EXIT</mode><exitCodes>55, 0</exitCodes>", RestartPolicy.untilExit(0, 55)),
                Arguments.of(
                        "<mode>ON_LISTED_EXIT</mode><exitCodes><code>7</code><code>8</code></exitCodes>",
                        RestartPolicy.onListedExit(7, 8)),
                Arguments.of(
                        "<startRetries>2</startRetries>", RestartPolicy.never().startRetries(2)),
                Arguments.of(
                        "<startRetries>2</startRetries><backoff>FIXED</backoff>",
                        RestartPolicy.never().startRetries(2).backoff(Backoff.fixed(Duration.ofMillis(500)))),
                Arguments.of(
                        "<mode>ALWAYS</mode><startRetries>0</startRetries><backoff>RANDOM</backoff>",
                        always.startRetries(0).backoff(Backoff.random())),
                Arguments.of("<mode>ALWAYS</mode><startRetries>-1</startRetries>", always.unlimited()),
                Arguments.of("<mode>ALWAYS</mode><startRetries>${limit}</startRetries>", always.startRetries(4)),
                Arguments.of("<mode>ALWAYS</mode><startSeconds>0s</startSeconds>", always.startSeconds(Duration.ZERO)),
                Arguments.of(
                        "<mode>ALWAYS</mode><backoff>EXPONENTIAL</backoff><startSeconds>0s</startSeconds>"
                                + "<startRetries>-1</startRetries>",
                        RestartPolicy.procmon()),
                Arguments.of(
                        "<mode>ON_FAILURE</mode><backoff>RANDOM</backoff><startSeconds>0s</startSeconds>"
                                + "<startRetries>-1</startRetries>",
                        RestartPolicy.processman()),
                Arguments.of(
                        "<mode>UNTIL_EXIT</mode><exitCodes>55</exitCodes><backoff>FIXED</backoff>"
                                + "<startSeconds>0s</startSeconds><startRetries>-1</startRetries>",
                        RestartPolicy.watchProcessAndRestart()));
    }

    @ParameterizedTest
    @MethodSource("backoffs")
    void backoff(String inside, Backoff backoff) {
        assertThat(read("<restart><mode>ALWAYS</mode><backoff>" + inside + "</backoff></restart>")
                        .restart()
                        .map(RestartPolicy::backoff))
                .contains(backoff);
    }

    static Stream<Arguments> backoffs() {
        Duration second = Duration.ofSeconds(1);
        return Stream.of(
                Arguments.of("linear", Backoff.linear()),
                Arguments.of("DOUBLE_PLUS_ONE", Backoff.procmon13()),
                Arguments.of("<kind>EXPONENTIAL</kind>", Backoff.exponential()),
                Arguments.of(
                        "<shortest>2h</shortest><longest>3h</longest><threshold>30s</threshold>",
                        new Backoff(
                                Backoff.Kind.LINEAR, Duration.ofHours(2), Duration.ofHours(3), Duration.ofSeconds(30))),
                Arguments.of(
                        "<kind>EXPONENTIAL</kind><longest>1m</longest>",
                        new Backoff(Backoff.Kind.EXPONENTIAL, second, Duration.ofMinutes(1), second)),
                Arguments.of(
                        "<kind>RANDOM</kind><shortest>1s</shortest>",
                        new Backoff(Backoff.Kind.RANDOM, second, Duration.ofSeconds(5), second)),
                Arguments.of("<kind>FIXED</kind><shortest>2s</shortest>", Backoff.fixed(Duration.ofSeconds(2))));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistake_isToldWithElementValueAndFix(String inside, String message) {
        assertThatThrownBy(() -> read(inside)).hasMessage("<service> 'a' of app: " + message);
    }

    static Stream<Arguments> mistakes() {
        String modes = "known are NEVER UNEXPECTED ON_FAILURE ALWAYS UNTIL_EXIT ON_LISTED_EXIT";
        String always = "<mode>ALWAYS</mode>";
        return Stream.of(
                Arguments.of(
                        "<restart>on-failure</restart>",
                        "<restart> is \"on-failure\", which is none; did you mean ON_FAILURE? " + modes),
                Arguments.of("<restart/>", "<restart> is empty; give it a value, or remove it"),
                restart("<mode>sometimes</mode>", "<restart><mode> is \"sometimes\", which is none; " + modes),
                restart(
                        "<value>ALWAYS</value>",
                        "<restart><value> is not known here; known are <mode> <exitCodes> <backoff> <startSeconds>"
                                + " <startRetries>"),
                restart(
                        "<mode>ALWAYS</mode><mode>NEVER</mode>",
                        "<restart><mode> stands there twice; remove one of them"),
                restart(
                        "UNTIL_EXIT",
                        "<restart><exitCodes> is empty, but UNTIL_EXIT needs codes; list at least one, such as 55"),
                restart(
                        "<mode>ON_FAILURE</mode><exitCodes>2</exitCodes>",
                        "<restart><exitCodes> is given, but ON_FAILURE has none; leave it out, or use UNTIL_EXIT or"
                                + " ON_LISTED_EXIT; what counts as a good end is <expectedExitCodes>"),
                restart(
                        "<mode>UNTIL_EXIT</mode><exitCodes>55,256</exitCodes>",
                        "<restart><exitCodes> holds 256; exit codes are 0 to 255"),
                restart(
                        "<mode>UNTIL_EXIT</mode><exitCodes>55,</exitCodes>",
                        "<restart><exitCodes> is \"\", which is no number; give a whole number"),
                restart(
                        always + "<startRetries>-2</startRetries>",
                        "<restart><startRetries> is -2; give 0 or more, or -1 for no limit"),
                restart(
                        always + "<startRetries>many</startRetries>",
                        "<restart><startRetries> is \"many\", which is no number; give a whole number"),
                restart(
                        always + "<startSeconds>1</startSeconds>",
                        "<restart><startSeconds> is \"1\": a bare number has no unit; write 1s or 1ms"),
                restart(
                        "<backoff>EXPONENTIAL</backoff>",
                        "<restart><backoff> is given, but with NEVER and without retries there is no second start; say"
                                + " after which ends there is, such as <mode>ON_FAILURE</mode>, or remove it"),
                backoff(
                        "GROWING",
                        "<restart><backoff> is \"GROWING\", which is none; known are LINEAR EXPONENTIAL DOUBLE_PLUS_ONE"
                                + " RANDOM FIXED"),
                backoff(
                        "<kind>EXPONENTAL</kind>",
                        "<restart><backoff><kind> is \"EXPONENTAL\", which is none; did you mean EXPONENTIAL? known are"
                                + " LINEAR EXPONENTIAL DOUBLE_PLUS_ONE RANDOM FIXED"),
                backoff(
                        "<shortest>2</shortest>",
                        "<restart><backoff><shortest> is \"2\": a bare number has no unit; write 2s or 2ms"),
                backoff(
                        "<longest>60</longest>",
                        "<restart><backoff><longest> is \"60\": a bare number has no unit; write 60s or 60ms"),
                backoff(
                        "<threshold>5</threshold>",
                        "<restart><backoff><threshold> is \"5\": a bare number has no unit; write 5s or 5ms"),
                backoff(
                        "<shortest>5s</shortest><longest>3s</longest>",
                        "<restart><backoff><longest> is 3 s, less than the shortest pause, 5 s; give at least that"),
                backoff(
                        "<kind>FIXED</kind><longest>3s</longest>",
                        "<restart><backoff><longest> is \"3s\", but FIXED has one pause only; give that as <shortest>"),
                backoff(
                        "<kind>RANDOM</kind><threshold>3s</threshold>",
                        "<restart><backoff><threshold> is \"3s\", but RANDOM counts no early deaths; remove it, or use"
                                + " LINEAR, EXPONENTIAL or DOUBLE_PLUS_ONE"),
                Arguments.of(
                        "<ready><exit>0</exit></ready><restart>ON_FAILURE</restart>",
                        "<restart> is ON_FAILURE, but with <ready><exit> its end is what it is started for; leave"
                                + " <restart> out, or <ready><exit>"),
                Arguments.of(
                        "<expectedExitCodes>0,256</expectedExitCodes>",
                        "<expectedExitCodes> holds 256; exit codes are 0 to 255"),
                Arguments.of(
                        "<expectedExitCodes>good</expectedExitCodes>",
                        "<expectedExitCodes> is \"good\", which is no number; give a whole number"),
                Arguments.of("<expectedExitCodes/>", "<expectedExitCodes> is empty; give it a value, or remove it"),
                Arguments.of(
                        "<priority>high</priority>",
                        "<priority> is \"high\", which is no number; give a whole number"));
    }

    private static Arguments restart(String inside, String message) {
        return Arguments.of("<restart>" + inside + "</restart>", message);
    }

    private static Arguments backoff(String inside, String message) {
        return restart("<mode>ALWAYS</mode><backoff>" + inside + "</backoff>", message);
    }
}
