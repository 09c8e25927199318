package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.launch.PortLeases;
import dev.procession.os.backend.Backend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What start and stop do and say. One real build has a module for each case; it fails, and goes on. The cases of
 * process-exec-maven-plugin are among them.
 */
@TestInstance(Lifecycle.PER_CLASS)
class GoalsTest {

    private final List<String> modules = new ArrayList<>();
    private final int pinned = freePort();
    private final int chosen = freePort();
    private Path folder = Path.of("");
    private ReactorOutput output = new ReactorOutput("");

    @BeforeAll
    void buildThemAll(@TempDir Path reactor) throws Exception {
        folder = reactor;
        write("order", whole(Pom.sleeper("two", "<dependsOn>one</dependsOn>"), Pom.sleeper("one")));
        write(
                "stubborn",
                whole(script(
                        "stubborn",
                        "trap '' TERM; echo up; while :; do sleep 1; done",
                        "<ready><log>up</log></ready><stop><gracePeriod>50ms</gracePeriod></stop>")));
        write(
                "logs",
                whole(script(
                        "worker",
                        "trap 'echo farewell; exit' TERM; echo started; while :; do sleep 0.01; done",
                        "<ready><log>started</log></ready><consoleLog>true</consoleLog>")));
        write("empty-argument", whole(script("args", "echo $#", "<ready><exit>0</exit></ready>", "", "last")));
        write("skipped", whole(Pom.sleeper("worker")).configuration("<skip>true</skip>"));
        write("skips-perhaps", whole(Pom.sleeper("worker")).configuration("<skip>${nobody.sets.this}</skip>"));
        write("skips-oddly", whole(Pom.sleeper("worker")).configuration("<skip>yes</skip>"));
        write("only-stop", new Pom("only-stop").stop());
        write("again", whole(Pom.sleeper("worker")).execution("again", "start", ""));
        write("both", twoStarts());
        write("mortal", mortal());
        write("reviving", reviving(2, 2));
        write("hopeless", reviving(1, 3));
        write(
                "pinned",
                whole(Pom.server("api", "<portProperty>api.port</portProperty>"))
                        .properties("<procession.api.port>" + pinned + "</procession.api.port>"));
        write("chosen", whole(Pom.server("web")));
        write("no-port", whole(Pom.server("bad")));
        write(
                "slow",
                whole(script(
                        "slow",
                        "until grep -q \"'slow' is not ready yet\" @{basedir}/../output; do sleep 0.01; done; echo up;"
                                + " exec sleep 1000",
                        "<ready><log>up</log></ready>")));
        new Pom("all").modules(modules.toArray(String[]::new)).write(folder);

        Build build =
                Build.run(folder, "-fae", "-Dprocession.web.port=" + chosen, "-Dprocession.bad.port=http", "verify");

        build.assertFailed();
        output = new ReactorOutput(build.output());
    }

    private void write(String module, Pom pom) throws IOException {
        modules.add(module);
        pom.named(module).write(folder.resolve(module));
    }

    private static Pom whole(String... services) {
        return new Pom("whole").services(services).start().stop();
    }

    private static String script(String name, String script, String more, String... arguments) {
        StringBuilder all = new StringBuilder("<arguments>");
        for (String argument : Stream.concat(Stream.of("sh", "-c", script, "sh"), Stream.of(arguments))
                .toList()) {
            all.append("<argument>")
                    .append(argument.replace("&", "&amp;").replace("<", "&lt;"))
                    .append("</argument>");
        }
        return Pom.service(name, all + "</arguments>", more);
    }

    private static Pom twoStarts() {
        return new Pom("both")
                .configuration("<propertiesFile>${project.build.directory}/ports.properties</propertiesFile>")
                .execution("first", "start", "<services>" + Pom.server("one") + "</services>")
                .execution(
                        "second",
                        "start",
                        "<services>"
                                + script(
                                        "two",
                                        "cat @{basedir}/target/ports.properties; echo main=@{process:one:port}",
                                        "<dependsOn>one</dependsOn><ready><exit>0</exit></ready>")
                                + "</services>")
                .stop();
    }

    /** The other one lets it die, and is done when nothing of it is there. */
    private static Pom mortal() {
        return whole(
                script(
                        "mortal",
                        "echo $$ > @{basedir}/target/pid; echo up; until [ -e @{basedir}/target/go ]; do sleep 0.01; done;"
                                + " echo out of memory; exit 7",
                        "<ready><log>up</log></ready>"),
                script(
                        "other",
                        "touch @{basedir}/target/go; while kill -0 $(cat @{basedir}/target/pid); do sleep 0.01; done",
                        "<dependsOn>mortal</dependsOn><ready><exit>0</exit></ready>"));
    }

    /**
     * The other one lets it die, and is done when it has been started so often.
     *
     * @param good how many starts succeed
     */
    private static Pom reviving(int good, int starts) {
        return whole(
                script(
                        "worker",
                        "echo run >> runs; echo $$ > pid; [ $(wc -l < runs) -le " + good
                                + " ] || { echo no licence; exit 8; }; echo up;"
                                + " until [ -e @{basedir}/target/go ]; do sleep 0.01; done; rm @{basedir}/target/go;"
                                + " echo out of memory; exit 7",
                        "<ready><log>up</log></ready><restart><mode>ON_FAILURE</mode><startRetries>1</startRetries>"
                                + "<backoff><kind>FIXED</kind><shortest>10ms</shortest></backoff></restart>"),
                script(
                        "other",
                        "touch @{basedir}/target/go; until [ $(wc -l < @{process:worker:directory}/runs) = " + starts
                                + " ]; do sleep 0.01; done;"
                                + (good < starts
                                        ? " while kill -0 $(cat @{process:worker:directory}/pid);"
                                        : " while ! :;")
                                + " do sleep 0.01; done",
                        "<dependsOn>worker</dependsOn><ready><exit>0</exit></ready>"));
    }

    @Test
    void dependentsStartLast_andStopFirst() {
        assertThat(output.summary("order")).isEqualTo("SUCCESS");
        assertThat(output.said("order", "'"))
                .containsExactly(
                        "'one' started, pid N",
                        "'one' is ready after T, logs in order/target/procession/one",
                        "'two' started, pid N",
                        "'two' is ready after T, logs in order/target/procession/two",
                        "'two' stopped by TERM after T, killed by TERM",
                        "'one' stopped by TERM after T, killed by TERM");
    }

    @Test
    void aServiceThatDoesNotObey_isKilled_andItIsSaid() {
        assertThat(output.said("stubborn", "stopped by"))
                .containsExactly("'stubborn' stopped by TERM, which was not enough, and KILL after T, killed by KILL");
    }

    @Test
    void theLogHoldsTheWholeLife_andTheConsoleToo() {
        assertThat(folder.resolve("logs/target/procession/worker/stdout.log")).hasContent("started\nfarewell");
        assertThat(output.said("logs", "[worker]")).containsExactly("[worker] started", "[worker] farewell");
    }

    @Test
    void anEmptyArgumentIsAnArgument() {
        assertThat(folder.resolve("empty-argument/target/procession/args/stdout.log"))
                .hasContent("2");
    }

    @Test
    void skipped() {
        assertThat(output.said("skipped", "Services are skipped")).hasSize(2);
        assertThat(output.said("skipped", "'worker'")).isEmpty();
    }

    @Test
    void skipsByAPropertyThatNobodySets_isNotSkipped() {
        assertThat(output.summary("skips-perhaps")).isEqualTo("SUCCESS");
        assertThat(output.said("skips-perhaps", "'worker' started")).hasSize(1);
    }

    /** Maven would take it for no. */
    @Test
    void skipsNeitherTrueNorFalse_isRefused() {
        assertThat(output.failure("skips-oddly"))
                .isEqualTo("start (start): <skip> (procession.skip) is \"yes\"; write true or false");
        assertThat(output.said("skips-oddly", "'worker'")).isEmpty();
    }

    @Test
    void stopWithoutStart() {
        assertThat(output.summary("only-stop")).isEqualTo("SUCCESS");
        assertThat(output.said("only-stop", "No services to stop")).hasSize(1);
    }

    @Test
    void theSameServiceTwice() {
        assertThat(output.failure("again"))
                .isEqualTo(
                        "start (again): <service> 'worker' of again: <name> is \"worker\", which another process of this"
                                + " supervisor has already; give one of them another 'name'");
        assertThat(output.said("again", "'worker' stopped by TERM")).hasSize(1);
    }

    @Test
    void twoStarts_oneStop_oneFileOfProperties() {
        assertThat(output.summary("both")).isEqualTo("SUCCESS");
        String port = output.said("both", "'one' is ready").get(0).replaceAll(".*port (\\d+),.*", "$1");
        assertThat(folder.resolve("both/target/procession/two/stdout.log"))
                .hasContent("procession.one.port=" + port + "\nmain=" + port);
        assertThat(folder.resolve("both/target/ports.properties")).doesNotExist();
        assertThat(output.said("both", "'two'"))
                .containsExactly("'two' started, pid N", "'two' is done after T, logs in both/target/procession/two");
    }

    @Test
    void aServiceThatDiesInBetween_failsTheBuildAtStop() {
        assertThat(output.failure("mortal").replaceAll("sh -c .*     in", "sh … in"))
                .isEqualTo("""
                        stop (stop): 'mortal' died, and nobody had asked it to: exit code 7
                          process     pid N, was up for T
                          command     sh … in mortal/target/procession/mortal/work
                          last lines of mortal/target/procession/mortal/stdout.log
                            up
                            out of memory
                          try         find out what ended it; a service has to live until 'stop'""");
    }

    @Test
    void aServiceThatComesBack_isNoFailure_andItIsSaid() {
        assertThat(output.summary("reviving")).isEqualTo("SUCCESS");
        assertThat(output.said("reviving", "'worker' has ended"))
                .containsExactly("'worker' has ended: exit code 7; it is started again after T, logs in"
                        + " reviving/target/procession/worker");
        assertThat(output.said("reviving", "'worker' started")).hasSize(2);
    }

    @Test
    void aServiceThatIsGivenUp_failsTheBuildAtStop() {
        assertThat(output.said("hopeless", "'worker' is given up"))
                .containsExactly(
                        "'worker' is given up: too many start retries too quickly: 2 starts failed, the last one"
                                + " so: exited before it was ready: exit code 8; its log may have details, logs in"
                                + " hopeless/target/procession/worker");
        assertThat(output.failure("hopeless").replaceAll("sh -c .*     in", "sh … in"))
                .isEqualTo("""
                        stop (stop): 'worker' was given up after 2 failed starts: exited before it was ready: exit code 8; its log may have details
                          process     pid N, FATAL, exit code 8, was up for T
                          command     sh … in hopeless/target/procession/worker/work
                          last lines of hopeless/target/procession/worker/stdout.log
                            no licence
                          try         find out why it does not start any more; how often it is tried says 'restart' of <service> 'worker' of hopeless""");
    }

    @Test
    void aPropertyOfTheProjectPinsThePort() {
        assertThat(output.said("pinned", "port " + pinned + ",")).hasSize(1);
    }

    @Test
    void anOptionPinsThePort() {
        assertThat(output.said("chosen", "port " + chosen + ",")).hasSize(1);
    }

    @Test
    void aPropertyThatIsNoPort() {
        assertThat(output.failure("no-port"))
                .isEqualTo(
                        "start (start): <service> 'bad' of no-port: property procession.bad.port is \"http\", which is"
                                + " no port; give a number from 1 to 65535, or remove it to have a free one");
    }

    @Test
    void aLongWaitGivesSigns() {
        assertThat(output.said("slow", "not ready yet"))
                .containsExactly("'slow' is not ready yet: waiting for log /up/, last: nothing logged (T of T), logs in"
                        + " slow/target/procession/slow");
    }

    /** Nobody is given it by accident: the kernel gives others, and leases come around to it last. */
    private static int freePort() {
        try (PortLeases.Lease lease =
                PortLeases.ofMachine().take(Backend.current().sockets())) {
            return lease.port();
        }
    }
}
