package dev.procession.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.process.ProcessQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The goals around processes that anybody may have started, in a pom. One real build has a module for each case. */
@TestInstance(Lifecycle.PER_CLASS)
class ProcessGoalsTest {

    private final List<String> modules = new ArrayList<>();
    private final String service = ForeignProcesses.unique("1000.1");
    private final String old = ForeignProcesses.unique("1000.2");
    private final String other = ForeignProcesses.unique("1000.3");
    private final String left = ForeignProcesses.unique("1000.4");
    private final String nobody = ForeignProcesses.unique("1000.5");
    private final String anothers = ForeignProcesses.unique("1000.6");
    private final boolean mayActAsOthers =
            "root".equals(System.getProperty("user.name")) && Files.isExecutable(Path.of("/usr/bin/setpriv"));
    private final String maven = ForeignProcesses.unique("of-maven-");
    private Path folder = Path.of("");
    private long oldPid;
    private boolean oldSurvived;
    private boolean leftEnded;
    private ReactorOutput output = new ReactorOutput("");

    @BeforeAll
    void buildThemAll(@TempDir Path reactor) throws Exception {
        folder = reactor;
        try (ForeignProcesses foreign = new ForeignProcesses()) {
            Process isOld = foreign.sleep(old);
            Process isOther = foreign.sleep("1000", other);
            Process isLeft = foreign.sleep(left);
            oldPid = isOld.pid();
            Files.writeString(folder.resolve("left.pid"), Long.toString(isLeft.pid()));
            writeModules(isOther);
            if (mayActAsOthers) {
                foreign.start(
                        "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sleep", anothers);
                ProcessQuery query = ProcessQuery.named("sleep").args(anothers).user("65534");
                Build.until(query + " is there", () -> !query.find().isEmpty());
            }
            new Pom("all").modules(modules.toArray(String[]::new)).write(folder);

            Build build = Build.run(folder, "-fae", "-Dunique=" + maven, "verify");

            build.assertFailed();
            output = new ReactorOutput(build.output().replace(folder.toString(), "FOLDER"));
            oldSurvived = isOld.isAlive();
            leftEnded = !isLeft.isAlive();
        }
    }

    private void writeModules(Process isOther) throws IOException {
        write(
                "whole",
                new Pom("whole")
                        .services(Pom.service(
                                "worker",
                                "<command>sleep " + service + "</command>",
                                "<ready><aliveFor>1ms</aliveFor></ready>"))
                        .stop()
                        .execution("gone", "wait-for-death", sleep(service))
                        .start()
                        .execution("found", "wait-for-start", sleep(service))
                        .execution("spared", "kill-stragglers", sleep(service)));
        write("old", "wait-for-start", sleep(old, "<timeout>10ms</timeout>"));
        write(
                "any-age",
                new Pom("any-age")
                        .execution("any", "wait-for-start", sleep(old, "<fresh>false</fresh>"))
                        .execution("window", "wait-for-start", sleep(old, "<within>1h</within>"))
                        .execution("moment", "wait-for-start", sleep(old, "<since>2020-01-01T00:00:00Z</since>")));
        write("none", "wait-for-start", sleep(nobody, "<timeout>10ms</timeout>"));
        write("alive", "wait-for-death", sleep(other, "<timeout>10ms</timeout>"));
        write(
                "ignored",
                new Pom("ignored")
                        .execution(
                                "pid",
                                "wait-for-death",
                                sleep(other, "<timeout>0s</timeout><ignore><pid>" + isOther.pid() + "</pid></ignore>"))
                        .execution(
                                "name",
                                "wait-for-death",
                                sleep(other, "<timeout>0s</timeout><ignore>1,sleep</ignore>")));
        write("killed", "kill-stragglers", "<pidFile>../left*.pid</pidFile><removePidFile>true</removePidFile>");
        write(
                "itself",
                new Pom("itself")
                        .execution("death", "wait-for-death", ofMaven("<match>LOOSE</match><timeout>0s</timeout>"))
                        .execution("kill", "kill-stragglers", ofMaven("")));
        write("skipping", "wait-for-death", sleep(other, "<timeout>0s</timeout><skip>true</skip>"));
        write(
                "anothers",
                new Pom("anothers")
                        .execution("unsaid", "kill-stragglers", sleep(anothers))
                        .execution("said", "kill-stragglers", sleep(anothers, "<user>65534</user>")));
        write("nothing", "wait-for-death", "");
        write("nothing-to-kill", "kill-stragglers", "");
        write("no-pattern", "kill-stragglers", "<pattern></pattern>");
        write("no-process", "wait-for-death", "<process/>");
        write("both", "wait-for-start", "<process>a</process><pidFile>b</pidFile>");
        write("args-alone", "kill-stragglers", "<pattern>a</pattern><args>b</args>");
        write("match-alone", "wait-for-start", "<pidFile>a</pidFile><match>EXACT</match>");
        write("match", "wait-for-start", "<process>a</process><match>exact</match>");
        write("user", "wait-for-start", "<pidFile>a</pidFile><user>root</user>");
        write("nobody", "wait-for-death", "<process>a</process><user>no-such-user</user>");
        write("number", "wait-for-start", "<process>a</process><timeout>10</timeout>");
        write("test", "wait-for-start", "<process>a</process><since>TEST</since>");
        write("since", "wait-for-start", "<process>a</process><since>yesterday</since>");
        write("ages", "wait-for-start", "<process>a</process><fresh>false</fresh><within>1h</within>");
        write(
                "moments",
                "wait-for-start",
                "<process>a</process><since>2020-01-01T00:00:00Z</since><within>1h</within>");
        write("flag", "kill-stragglers", "<process>a</process><force>yes</force>");
        write("file", "kill-stragglers", "<process>a</process><removePidFile>true</removePidFile>");
        write("regex", "kill-stragglers", "<pattern>(</pattern>");
        write("placeholder", "wait-for-start", "<process>@{java}</process>");
        write("pid", "wait-for-death", "<process>a</process><ignore>0</ignore>");
        write("empty", "wait-for-death", "<process>a</process><args><arg/></args>");
        write("unknown", "wait-for-death", "<process>a</process><gracePeriod>1s</gracePeriod>");
        write(
                "shared",
                new Pom("shared")
                        .configuration("<gracePeriod>1s</gracePeriod>")
                        .execution("gone", "wait-for-death", sleep(nobody)));
    }

    private void write(String module, String goal, String xml) throws IOException {
        write(module, new Pom(module).execution("own", goal, xml));
    }

    private void write(String module, Pom pom) throws IOException {
        modules.add(module);
        pom.write(folder.resolve(module));
    }

    private static String sleep(String argument, String... more) {
        return "<process>sleep</process><args><arg>" + argument + "</arg></args>" + String.join("", more);
    }

    private String ofMaven(String more) {
        return "<process>java</process><args><arg>" + maven + "</arg></args>" + more;
    }

    @Test
    void anotherUsersIsSpared_untilHeIsNamed() {
        assumeTrue(mayActAsOthers, "only root has others' processes, by setpriv");
        assertThat(output.summary("anothers")).isEqualTo("SUCCESS");
        assertThat(output.said("anothers", anothers).stream().map(line -> line.replaceAll("parent \\d+", "parent N")))
                .containsExactly(
                        "Spared: pid N (sleep " + anothers + "), parent N, up for T; it runs as another user, id 65534",
                        "Ended within T: pid N (sleep " + anothers
                                + "), parent N, up for T; it was meant by 'sleep' with" + " arguments that contain "
                                + anothers + " of the user 65534");
    }

    /** In the phases that they have by themselves: the start is there, the service still lives, and then it is gone. */
    @Test
    void foundWhileTheServiceLives_sparedSinceItIsOfThisBuild_goneAfterStop() {
        assertThat(output.summary("whole")).isEqualTo("SUCCESS");
        assertThat(output.said("whole", service).stream()
                        .map(line -> line.replaceAll("parent \\d+", "parent N")
                                .replaceAll("/\\S+/sleep", "sleep")
                                .replaceAll("JVM pid \\d+", "JVM pid N")))
                .containsExactly(
                        "Found after T: pid N (sleep " + service + "), up for T",
                        "Spared: pid N (sleep " + service + "), parent N, up for T; it belongs to 'worker', which a run"
                                + " that is still alive manages (JVM pid N)",
                        "None is alive after T: 'sleep' with the arguments " + service);
        assertThat(output.text()).doesNotContain("was left alone");
    }

    @Test
    void anOlderOneWillNotDo() {
        assertThat(output.failure("old").replaceAll("'kill \\d+'", "'kill N'")).isEqualTo("""
                        wait-for-start (own): Nothing fresh was started within T: what is there is older
                          looked for  'sleep' with the arguments %s
                          fresh       started not longer than T ago
                          found       pid N (sleep %s), up for T
                          try         end it with 'kill N' and start it anew; or, if an old one will do, allow a longer\
                         time""".formatted(old, old));
    }

    @Test
    void anOlderOneWillDo_ifThatIsSaid() {
        assertThat(output.summary("any-age")).isEqualTo("SUCCESS");
        assertThat(output.said("any-age", "Found"))
                .hasSize(3)
                .containsOnly("Found after T: pid N (sleep " + old + "), up for T");
        assertThat(output.text()).contains("pid " + oldPid + " (sleep " + old + ")");
    }

    @Test
    void nothingIsThere() {
        assertThat(output.failure("none")).isEqualTo("""
                        wait-for-start (own): Nothing was started within T
                          looked for  'sleep' with the arguments %s
                          found       no such process, old or fresh
                          try         compare with what 'ps -eo pid,lstart,args' shows; each argument must be a whole\
                         one, unless they are compared loosely; or wait longer""".formatted(nobody));
    }

    @Test
    void oneIsStillAlive() {
        assertThat(output.failure("alive").replaceAll("parent \\d+", "parent N").replaceAll("'kill \\d+'", "'kill N'"))
                .isEqualTo("""
                        wait-for-death (own): Expected to be dead within T: 'sleep' with the arguments %s, but a process\
                         is alive
                          pid N (sleep 1000 %s), parent N, up for T; it was there before
                          try         end it with 'kill N', or wait longer with <timeout> (procession.timeout); name in\
                         <ignore> (procession.ignore) what may stay""".formatted(other, other));
    }

    @Test
    void whoIsIgnoredMayStay() {
        assertThat(output.summary("ignored")).isEqualTo("SUCCESS");
        assertThat(output.said("ignored", "None"))
                .containsExactly(
                        "None is alive after T: 'sleep' with the arguments " + other + " other than pid N",
                        "None is alive after T: 'sleep' with the arguments " + other + " other than pid N, 'sleep'");
    }

    @Test
    void whoIsInThePidfilesIsEnded_andTheyAreRemoved() {
        assertThat(output.summary("killed")).isEqualTo("SUCCESS");
        assertThat(output.said("killed", "Ended").stream().map(line -> line.replaceAll("parent \\d+", "parent N")))
                .containsExactly("Ended within T: pid N (sleep " + left + "), parent N, up for T; it was meant by the"
                        + " pidfile left*.pid");
        assertThat(leftEnded).isTrue();
        assertThat(oldSurvived).isTrue();
        assertThat(folder.resolve("left.pid")).doesNotExist();
    }

    @Test
    void mavenNeverMeansItself_andByDefaultPartsOfArgumentsAreEnoughToEndOne() {
        assertThat(output.summary("itself")).isEqualTo("SUCCESS");
        assertThat(output.said("itself", "None"))
                .containsExactly(
                        "None is there to end: 'java' with arguments that contain " + maven,
                        "None is alive after T: 'java' with arguments that contain " + maven);
    }

    @Test
    void skipped() {
        assertThat(output.summary("skipping")).isEqualTo("SUCCESS");
        assertThat(output.said("skipping", "Skipped")).hasSize(1);
    }

    @Test
    void whatTheWholePluginIsTold_isForOneOfItsGoals() {
        assertThat(output.summary("shared")).isEqualTo("SUCCESS");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        nothing         | wait-for-death (own): <process> (procession.process) is not given; say by it or <pidFile> who is meant
        nothing-to-kill | kill-stragglers (own): <process> (procession.process) is not given; say by it, <pattern> or <pidFile> who is meant
        no-pattern      | kill-stragglers (own): <pattern> (procession.pattern) is empty; say by <process>, <pattern> or <pidFile> who is meant
        no-process      | wait-for-death (own): <process> (procession.process) is empty; say by <process> or <pidFile> who is meant
        both            | wait-for-start (own): <pidFile> (procession.pidFile) is "b" beside <process>, but each says by itself who is meant; keep one of them
        args-alone      | kill-stragglers (own): <args> (procession.args) holds "b" without <process>; say whose arguments they are
        match-alone     | wait-for-start (own): <match> (procession.match) is "EXACT" without <process>; leave it out
        match           | wait-for-start (own): <match> (procession.match) is "exact"; write EXACT or LOOSE
        user            | wait-for-start (own): <user> (procession.user) is "root" beside <pidFile>, which says by itself who is meant; leave it out
        nobody          | wait-for-death (own): <user> (procession.user) is 'no-such-user', whom /etc/passwd does not list; give one that is, or the user's number
        number          | wait-for-start (own): <timeout> (procession.timeout) is "10": a bare number has no unit; write 10s or 10ms
        test            | wait-for-start (own): <since> (procession.since) is "TEST", but a build begins no test; write RUN or a moment such as 2026-11-20T18:30:00Z, or use <within>
        since           | wait-for-start (own): <since> (procession.since) is "yesterday"; write RUN or a moment such as 2026-11-20T18:30:00Z, or use <within>
        ages            | wait-for-start (own): <within> (procession.within) is "1h", but <fresh> is false, and any age will do; keep one of them
        moments         | wait-for-start (own): <within> (procession.within) is "1h" beside <since>, "2020-01-01T00:00:00Z"; keep one of them
        flag            | kill-stragglers (own): <force> (procession.force) is "yes"; write true or false
        file            | kill-stragglers (own): <removePidFile> (procession.removePidFile) is true without <pidFile>; leave it out
        regex           | kill-stragglers (own): <pattern> (procession.pattern) is "(", which is no regular expression: Unclosed group; put a backslash before each sign that is meant as it is
        placeholder     | wait-for-start (own): <process> (procession.process) is "@{java}", but only services have placeholders; write an expression of Maven's, such as ${env.HOME} or ${project.basedir}
        pid             | wait-for-death (own): <ignore> (procession.ignore) holds "0"; give a pid, a number above 0, or the name of a program
        empty           | wait-for-death (own): <args> (procession.args) holds an empty one; give it a value, or remove it
        unknown         | wait-for-death (own): <configuration> of unknown: <gracePeriod> is not known here; wait-for-death knows <args> <ignore> <match> <pidFile> <process> <skip> <timeout> <user>
        """)
    void misuseFailsBeforeAnythingIsDone(String module, String message) {
        assertThat(output.failure(module).replaceAll("\\bT or T\\b", "10s or 10ms"))
                .isEqualTo(message);
    }
}
