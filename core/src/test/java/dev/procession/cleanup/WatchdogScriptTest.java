package dev.procession.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import dev.procession.testkit.Await;
import dev.procession.testkit.ChildJvm;
import dev.procession.testkit.Loners;
import dev.procession.testkit.PidSpace;
import dev.procession.testkit.Processes;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The watchdog's script, fed by hand, in each shell that it is written for; with busybox's, its programs are busybox's, too. */
@EnabledOnOs(OS.LINUX)
class WatchdogScriptTest {

    private static final String SETPRIV = "/usr/bin/setpriv";

    private static final Path BUSYBOX = Path.of("/bin/busybox");

    /** Those that the script runs; of setpriv, busybox has only the name. */
    private static final List<String> PROGRAMS =
            List.of("cat", "grep", "head", "ls", "readlink", "rm", "setsid", "sleep", "tr");

    private static final String BUSYBOXES = "busyboxes";

    @TempDir
    private Path folder;

    private Loners loners;
    private Path work;

    /** Where programs are looked for before all other places. */
    private String path = "";

    /** What stands in for the JVM: all that the script asks of it is who it is and what it descends from. */
    private Process jvm;

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name")) && Files.isExecutable(Path.of(SETPRIV));
    }

    @BeforeEach
    void start() throws IOException {
        folder = folder.toRealPath();
        work = Files.createDirectory(folder.resolve("work"));
        loners = new Loners(folder);
        jvm = new ProcessBuilder("sleep", "1000").start();
    }

    @AfterEach
    void end() throws InterruptedException {
        loners.close();
        jvm.destroyForcibly().waitFor();
    }

    private String run() {
        ProcessId id = Processes.identity(jvm.pid());
        return id.pid() + "-" + id.startTicks();
    }

    /** Feeds a watchdog and waits until it has done its work. */
    private void watch(String shell, String... lines) throws Exception {
        watch(List.of(), shell, "", lines);
    }

    private void watch(List<String> wrapper, String shell, String record, String... lines) throws Exception {
        assumeTrue(Files.isExecutable(Path.of(shell.split(" ")[0])), "needs " + shell);
        String programs = shell.startsWith(BUSYBOX.toString()) ? busyboxes() + ":" : "";
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(shell.split(" ")));
        command.addAll(List.of("-c", text("watchdog.sh"), "procession-watchdog", run(), record, text("look.sh")));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().put("PATH", path + programs + "/usr/local/bin:/usr/bin:/bin");
        builder.environment().put("PROCESSION_WATCHDOG", "1");
        Process watchdog = builder.start();
        try (OutputStream input = watchdog.getOutputStream()) {
            for (String line : lines) {
                input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        int status = watchdog.waitFor();
        for (String program : PROGRAMS) {
            Files.deleteIfExists(folder.resolve(BUSYBOXES).resolve(program));
        }
        assertThat(status).isZero();
    }

    /** A folder, open to all users, of busybox's programs. */
    private Path busyboxes() throws IOException {
        Path programs = folder.resolve(BUSYBOXES);
        Files.createDirectories(programs);
        for (String program : PROGRAMS) {
            Files.createSymbolicLink(programs.resolve(program), BUSYBOX);
        }
        for (Path way : List.of(folder, programs)) {
            Files.setPosixFilePermissions(way, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return programs;
    }

    private static String text(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Watchdog.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String line(String what, ProcessId id) {
        return what + " " + id.pid() + " " + id.startTicks();
    }

    /** A shell with a child in a session of its own. */
    private ProcessId parent(List<ProcessId> child) throws Exception {
        Path pid = folder.resolve("child-" + System.nanoTime());
        ProcessId parent = loners.start(
                folder, List.of(), "sh", "-c", "setsid sleep 1000 & echo $! >\"$1\"; wait", "sh", pid.toString());
        child.add(loners.adopt(Await.lines(pid, 1).get(0)));
        return parent;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void aGroupThatHasGoneIsNobodys(String shell) throws Exception {
        ProcessId forgotten = loners.in(folder);
        ProcessId newcomer = loners.in(folder);
        ProcessId led = loners.in(folder);

        watch(
                shell,
                line("+", forgotten),
                line("+", led),
                "- " + forgotten.pid(),
                "+ " + newcomer.pid() + " " + (newcomer.startTicks() - 1));

        Processes.awaitDeath(led);
        assertThat(List.of(forgotten, newcomer)).allMatch(Processes::isAlive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void aProcessThatWasToldOfEndsWithWhatItHasStarted(String shell) throws Exception {
        List<ProcessId> children = new ArrayList<>();
        ProcessId told = parent(children);
        ProcessId forgotten = loners.in(folder);
        ProcessId newcomer = loners.in(folder);

        watch(
                shell,
                line("=", forgotten),
                line("=", told),
                "= " + newcomer.pid() + " " + (newcomer.startTicks() - 1),
                line("-", forgotten));

        Processes.awaitDeath(told);
        Processes.awaitDeath(children.get(0));
        assertThat(List.of(forgotten, newcomer)).allMatch(Processes::isAlive);
    }

    /** Its only sign is one who is himself known by a sign that is looked for last. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoDescendsFromOneThatIsFoundOrIsInItsSessionEndsWithIt(String shell) throws Exception {
        Path pid = folder.resolve("pids");
        ProcessId marked = loners.start(
                folder,
                List.of("PROCESSION_RUN=" + run()),
                "sh",
                "-c",
                "env -i setsid sleep 1000 & echo $! >\"$1\"; (env -i sleep 1000 & echo $! >>\"$1\"); wait",
                "sh",
                pid.toString());
        List<String> pids = Await.lines(pid, 2);
        ProcessId child = loners.adopt(pids.get(0));
        ProcessId orphanInItsSession = loners.adopt(pids.get(1));
        ProcessId stranger = loners.in(folder);

        watch(shell);

        List.of(marked, child, orphanInItsSession).forEach(Processes::awaitDeath);
        assertThat(stranger).matches(Processes::isAlive);
    }

    /**
     * Each member of the chain is in a session of its own and lives too short to be found by one look and ended by the next:
     * for as long as some work takes, which on a machine under load is as much longer as the looks are.
     */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void aChainOfProcessesThatWriteToALogOfTheRunEnds(String shell) throws Exception {
        Path log = work.resolve("stdout.log");
        Path beats = folder.resolve("beats");
        String next =
                "echo $$ >>\"$1\" || exit; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; setsid sh -c \"$0\" \"$0\" \"$1\" & exit";
        loners.start(
                folder,
                List.of(),
                "sh",
                "-c",
                "exec >\"$3\" 2>&1; exec sh -c \"$1\" \"$1\" \"$2\"",
                "sh",
                next,
                beats.toString(),
                log.toString());
        Await.lines(beats, 2);

        watch(shell, "/ " + work);

        assertThat(Processes.TABLE.scan())
                .filteredOn(row ->
                        !row.isDead() && Processes.TABLE.outputs(row.pid()).contains(log))
                .isEmpty();
    }

    /** "- PID TICKS" must not take a group with it that was given the number since. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void aProcessIsForgottenWithoutTheGroupOfThatNumber(String shell) throws Exception {
        ProcessId group = loners.in(folder);

        watch(shell, "= " + group.pid() + " 1", line("+", group), "- " + group.pid() + " 1");

        Processes.awaitDeath(group);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void anOrphanInAFolderOfTheRunEnds(String shell) throws Exception {
        List<ProcessId> ours = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (String name :
                List.of("plain", " two  blanks ", "ä€𝄞", "a*[b]?$(c)`d`\\e'f\"g", "\u00c1\u0081\u0088", "-n")) {
            Path in = Files.createDirectories(folder.resolve(name).resolve("below"));
            ours.add(loners.in(in));
            ours.add(loners.in(in.getParent()));
            told.add("/ " + in.getParent());
        }

        watch(shell, told.toArray(String[]::new));

        ours.forEach(Processes::awaitDeath);
    }

    /** As a build removes them that begins anew. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void anOrphanInAFolderOfTheRunThatWasRemovedEnds(String shell) throws Exception {
        Path told = Files.createDirectory(folder.resolve("told"));
        Path below = Files.createDirectory(told.resolve("below"));
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        List<ProcessId> ours = List.of(loners.in(told), loners.in(below));
        ProcessId stranger = loners.in(elsewhere);
        for (Path gone : List.of(below, told, elsewhere)) {
            Files.delete(gone);
        }

        watch(shell, "/ " + told);

        ours.forEach(Processes::awaitDeath);
        assertThat(stranger).matches(Processes::isAlive);
    }

    /** Any program of that user can make it say anything. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    @EnabledIf("isRoot")
    void whatAShellOfAnotherUserSaysIsNotRunAndIsBelievedOfThatUserAlone(String shell) throws Exception {
        ProcessId stranger = loners.in(folder);
        ProcessId theirs = asUser(54321, List.of());
        Path run = folder.resolve("run");
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Path liar = Files.writeString(
                bin.resolve("setpriv"),
                "#!/bin/sh\necho '9999999:$(touch " + run + ")' '$(touch${IFS}" + run + "):1' " + said(stranger) + " "
                        + said(theirs) + "\n");
        Files.setPosixFilePermissions(liar, PosixFilePermissions.fromString("rwxr-xr-x"));
        path = bin + ":";

        watch(shell, "u 54321 54321");

        Processes.awaitDeath(theirs);
        assertThat(run).doesNotExist();
        assertThat(stranger).matches(Processes::isAlive);
    }

    /** It can be stopped by him, and made to talk without an end. Somebody it has started has its output open. */
    @ParameterizedTest
    @CsvSource({
        "/bin/dash, STOPPED",
        "/bin/busybox sh, STOPPED",
        "/bin/bash, STOPPED",
        "/bin/dash, TALKING",
        "/bin/busybox sh, TALKING",
        "/bin/bash, TALKING"
    })
    @EnabledIf("isRoot")
    void aShellOfAnotherUserThatDoesNotEndHoldsNothingUpAndEndsToo(String shell, String how) throws Exception {
        ProcessId led = loners.in(folder);
        Path lookers = Files.createFile(folder.resolve("lookers"));
        String script = how.equals("STOPPED")
                ? "kill -s STOP $$"
                : "trap \"\" PIPE; words=$(printf %04000d 0); while :; do echo $words; done";
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Path hostile = Files.writeString(
                bin.resolve("setpriv"),
                "#!/bin/sh\nexec " + SETPRIV + " --reuid=54321 --regid=54321 --clear-groups sh -c '"
                        + "sleep 1000 & echo $$ >&3; echo $! >&3; " + script + "' 3>>" + lookers + "\n");
        Files.setPosixFilePermissions(hostile, PosixFilePermissions.fromString("rwxr-xr-x"));
        path = bin + ":";

        Future<?> watched = Await.async(() -> {
            watch(shell, line("+", led), "u 54321 54321");
            return shell;
        });

        List<ProcessId> first =
                Await.lines(lookers, 2).stream().limit(2).map(loners::adopt).toList();
        Processes.awaitDeath(led);
        Await.result(watched);
        first.forEach(Processes::awaitDeath);
        for (String pid : Files.readAllLines(lookers)) {
            assertThat(Processes.TABLE.find(Long.parseLong(pid)).filter(row -> !row.isDead()))
                    .as("of those that had looked")
                    .isEmpty();
        }
    }

    private static String said(ProcessId id) {
        return id.pid() + ":" + id.startTicks();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoMayBeSomebodyElsesInAFolderOfTheRunLivesOn(String shell) throws Exception {
        ProcessId elder = loners.in(work);
        Await.until("the clock has ticked", () -> Processes.TABLE.nowTicks() > elder.startTicks() + 1);
        jvm.destroyForcibly().waitFor();
        jvm = new ProcessBuilder("sleep", "1000").start();
        ProcessId beside = loners.in(Files.createDirectory(folder.resolve("working")));
        ProcessId ofAnotherRun = loners.in(work, "PROCESSION_RUN=1-1");
        Path pid = folder.resolve("child");
        loners.start(
                folder, List.of(), "sh", "-c", "cd work; sleep 1000 & echo $! >\"$1\"; cd ..; wait", "sh", "" + pid);
        ProcessId ofALivingParent = loners.adopt(Await.lines(pid, 1).get(0));
        ProcessId ours = loners.in(work);

        watch(shell, "/ " + work);

        Processes.awaitDeath(ours);
        assertThat(List.of(elder, beside, ofAnotherRun, ofALivingParent)).allMatch(Processes::isAlive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoHasATerminalInAFolderOfTheRunLivesOn(String shell) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "needs script");
        Path pid = folder.resolve("typist");
        loners.start(
                folder,
                List.of(),
                "script",
                "-qc",
                "echo $$ >'" + pid + "'; (cd work; trap '' HUP; sleep 1000 & echo $! >>'" + pid + "'); exec sleep 1000",
                "/dev/null");
        List<String> pids = Await.lines(pid, 2);
        // Where the tests run under nohup, the end of the terminal does not end it.
        loners.adopt(pids.get(0));
        ProcessId typist = loners.adopt(pids.get(1));
        Await.until(
                "it is an orphan",
                () -> Processes.TABLE.find(typist.pid()).orElseThrow().parentPid() == 1
                        || !isShell(
                                Processes.TABLE.find(typist.pid()).orElseThrow().parentPid()));
        assertThat(Processes.TABLE.find(typist.pid()).orElseThrow().hasTerminal())
                .isTrue();
        ProcessId ours = loners.in(work);

        watch(shell, "/ " + work);

        Processes.awaitDeath(ours);
        assertThat(typist).matches(Processes::isAlive);
    }

    private static boolean isShell(long pid) {
        return Processes.TABLE.find(pid).map(ProcessInfo::name).orElse("").equals("sh");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    @EnabledIf("isRoot")
    void whoIsAnotherUserInAFolderOfTheRunLivesOnUnlessThatUserIsOfTheRun(String shell) throws Exception {
        ProcessId other = asUser(54321, List.of());
        ProcessId ours = loners.in(work);

        watch(shell, "/ " + work);

        Processes.awaitDeath(ours);
        assertThat(other).matches(Processes::isAlive);

        watch(shell, "/ " + work, "u 54321 54321");

        Processes.awaitDeath(other);
    }

    /** Root in a container cannot look into it: neither at its mark nor where it works. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    @EnabledIf("isRoot")
    void inAContainerWhoIsAnotherUserIsLookedAtAsThatUser(String shell) throws Exception {
        List<String> container = List.of(
                SETPRIV,
                "--bounding-set",
                "-all,+kill,+setuid,+setgid,+setpcap,+dac_override",
                "--inh-caps=-all",
                "--");
        ProcessId marked = asUser(54321, List.of("PROCESSION_RUN=1-1/" + run()));
        ProcessId unmarked = asUser(54321, List.of());
        ProcessId innerWatchdog = asUser(54321, List.of("PROCESSION_RUN=" + run(), "PROCESSION_WATCHDOG=1"));

        watch(container, shell, "", "/ " + work);

        assertThat(List.of(marked, unmarked)).allMatch(Processes::isAlive);

        watch(container, shell, "", "/ " + work, "u 54321 54321");

        Processes.awaitDeath(marked);
        Processes.awaitDeath(unmarked);
        assertThat(innerWatchdog).matches(Processes::isAlive);
    }

    private ProcessId asUser(long user, List<String> variables) throws Exception {
        ProcessId id = loners.start(
                work, variables, SETPRIV, "--reuid=" + user, "--regid=" + user, "--clear-groups", "sleep", "1000");
        Processes.awaitCommand(id, "sleep", "1000");
        return id;
    }

    /** One that took another's place at the last moment has been told nothing yet. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whatOnlyTheRecordHoldsEndsToo(String shell) throws Exception {
        ProcessId orphan = loners.in(work);
        ProcessId led = loners.in(folder);
        ProcessId other = loners.in(folder);
        ProcessId told = loners.in(folder);
        ProcessId forgotten = loners.in(folder);
        ProcessId forgottenGroup = loners.in(folder);
        Path record = Files.writeString(
                folder.resolve("a record"),
                String.join(
                        "\n",
                        "procession 1",
                        "user 0",
                        line("+", forgottenGroup),
                        line("+", led),
                        line("=", forgotten),
                        line("=", other),
                        "/ " + work,
                        "- " + forgottenGroup.pid(),
                        line("-", forgotten),
                        // Of an earlier process with that number: it takes nothing from what the input says.
                        "- " + told.pid(),
                        ""));

        watch(List.of(), shell, record.toString(), line("+", told));

        List.of(orphan, led, other, told).forEach(Processes::awaitDeath);
        assertThat(List.of(forgotten, forgottenGroup)).allMatch(Processes::isAlive);
        assertThat(record).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whenNothingIsLeftTheRecordGoes(String shell) throws Exception {
        Path record = Files.writeString(folder.resolve("-a record"), "");
        Path neighbour = Files.writeString(folder.resolve("record"), "");

        watch(List.of(), shell, record.toString());

        assertThat(record).doesNotExist();
        assertThat(neighbour).exists();
    }

    /** A loner that works elsewhere; what it has open is said in the words of a shell, to which the file is $0. */
    private ProcessId writing(String redirection, Path file, String... variables) throws Exception {
        ProcessId id = loners.start(
                Path.of("/"), List.of(variables), "sh", "-c", "exec sleep 1000 " + redirection, file.toString());
        Processes.awaitCommand(id, "sleep", "1000");
        return id;
    }

    /** As soon as there is a program, be it in a session of which nobody has told yet. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void anOrphanWhoseOutputGoesToAFolderOfTheRunEnds(String shell) throws Exception {
        List<ProcessId> ours = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (String name :
                List.of("plain", " two  blanks ", "ä€𝄞", "a*[b]?$(c)`d`e'f\"g -> x", "\u00c1\u0081\u0088")) {
            Path in = Files.createDirectory(folder.resolve(name));
            ours.add(writing(">>\"$0\"", in.resolve("stdout.log")));
            ours.add(writing("2>>\"$0\"", in.resolve("stderr.log")));
            told.add("/ " + in);
        }
        Path removed = work.resolve("removed.log");
        ours.add(writing(">>\"$0\"", removed));
        Files.delete(removed);
        told.add("/ " + work);

        watch(shell, told.toArray(String[]::new));

        ours.forEach(Processes::awaitDeath);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void aFolderWithALineEndInItsNameIsOneLikeOthers(String shell) throws Exception {
        List<ProcessId> ours = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (String name : List.of("a\nb", "\n", "c\\nd", "e\n", "f\r\\\n\\")) {
            Path in = Files.createDirectory(folder.resolve(name));
            ours.add(loners.in(in));
            ours.add(writing(">>\"$0\"", in.resolve("stdout.log")));
            told.add("/" + (told.size() + 1) + " " + PathText.encode(in));
        }
        ProcessId beside = loners.in(Files.createDirectory(folder.resolve("a")));
        ProcessId besideToo = writing(">>\"$0\"", folder.resolve("a\nbc"));

        watch(shell, told.toArray(String[]::new));

        ours.forEach(Processes::awaitDeath);
        assertThat(List.of(beside, besideToo)).allMatch(Processes::isAlive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoHasAFileOfTheRunOpenAndMayBeSomebodyElsesLivesOn(String shell) throws Exception {
        Path log = Files.createFile(work.resolve("stdout.log"));
        ProcessId elder = writing(">>\"$0\"", log);
        Await.until("the clock has ticked", () -> Processes.TABLE.nowTicks() > elder.startTicks() + 1);
        jvm.destroyForcibly().waitFor();
        jvm = new ProcessBuilder("sleep", "1000").start();
        ProcessId reader = writing("<\"$0\"", log);
        ProcessId follower = writing("3<>\"$0\"", log);
        ProcessId ofAnotherRun = writing(">>\"$0\"", log, "PROCESSION_RUN=1-1");
        ProcessId beside = writing(">>\"$0\"", folder.resolve("working"));
        Path pid = folder.resolve("child");
        loners.start(
                Path.of("/"),
                List.of(),
                "sh",
                "-c",
                "sleep 1000 >>\"$0\" & echo $! >\"$1\"; wait",
                log.toString(),
                pid.toString());
        ProcessId child = loners.adopt(Await.lines(pid, 1).get(0));
        ProcessId ours = writing(">>\"$0\"", log);

        watch(shell, "/ " + work);

        Processes.awaitDeath(ours);
        assertThat(List.of(elder, reader, follower, ofAnotherRun, beside, child))
                .allMatch(Processes::isAlive);
    }

    /** A name that holds a line end can look as if somebody else had a log of the run open. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoIsSlanderedByAFileNameLivesOn(String shell) throws Exception {
        ProcessId innocent = loners.in(folder);
        Path slander = folder.resolve("x\nl-wx------ 1 0 0 64 Jan  1 00:00 /proc/" + innocent.pid() + "/fd/1 -> ");
        Path file = Path.of(slander + "" + work).resolve("stdout.log");
        Files.createDirectories(file.getParent());
        ProcessId slanderer = writing(">>\"$0\"", file);
        ProcessId ours = loners.in(work);

        watch(shell, "/ " + work);

        Processes.awaitDeath(ours);
        assertThat(List.of(innocent, slanderer)).allMatch(Processes::isAlive);
    }

    /** Listens on the port that it prints to its file, with nothing else that would show whose it is. */
    private ProcessId listening(String family, Path port, String... variables) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
        return loners.start(
                Path.of("/"),
                List.of(variables),
                "perl",
                "-MSocket=:all",
                "-e",
                "socket(S, " + family + ", SOCK_STREAM, 0) && bind(S, " + family
                        + " == AF_INET ? sockaddr_in(0, INADDR_LOOPBACK) : sockaddr_in6(0, IN6ADDR_LOOPBACK))"
                        + " && listen(S, 5) or die; open F, '>', shift;"
                        + " print F +(" + family
                        + " == AF_INET ? sockaddr_in(getsockname S) : sockaddr_in6(getsockname S))[0],"
                        + " qq(\\n); close F; sleep 1000",
                port.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void anOrphanThatListensOnALeasedPortEnds(String shell) throws Exception {
        List<Path> ports = List.of(folder.resolve("4"), folder.resolve("6"), folder.resolve("8"), folder.resolve("9"));
        ProcessId four = listening("AF_INET", ports.get(0));
        ProcessId six = listening("AF_INET6", ports.get(1));
        ProcessId givenBack = listening("AF_INET", ports.get(2));
        ProcessId ofAnotherRun = listening("AF_INET", ports.get(3), "PROCESSION_RUN=1-1");
        List<String> told = new ArrayList<>();
        for (Path port : ports) {
            told.add("p " + Await.lines(port, 1).get(0));
        }
        told.add("- " + told.get(2));

        watch(shell, told.toArray(String[]::new));

        Processes.awaitDeath(four);
        Processes.awaitDeath(six);
        assertThat(List.of(givenBack, ofAnotherRun)).allMatch(Processes::isAlive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void aFolderThatWasGivenBackIsSomebodyElses(String shell) throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        ProcessId ours = loners.in(work);
        ProcessId others = loners.in(other);

        watch(shell, "/1 " + other, "/2 " + work, "- /1");

        Processes.awaitDeath(ours);
        assertThat(others).matches(Processes::isAlive);
    }

    /** As at the end of many: whoever is left must not wait until all that is sorted out. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void afterThousandsOfGroupsThatHaveGoneTheRestEndsSoon(String shell) throws Exception {
        ProcessId last = loners.in(folder);
        List<String> told = new ArrayList<>();
        IntStream.range(0, 3000).forEach(i -> told.add("+ " + (8_000_000 + i) + " 1"));
        told.add(line("+", last));
        IntStream.range(0, 3000).forEach(i -> told.add("- " + (8_002_999 - i)));

        Future<?> watched = Await.async(() -> {
            watch(shell, told.toArray(String[]::new));
            return shell;
        });

        Processes.awaitDeath(last);
        Await.result(watched);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoWasToldAllDoesNotReadTheRecord(String shell) throws Exception {
        ProcessId inTheRecord = loners.in(folder);
        ProcessId told = loners.in(folder);
        Path record = Files.writeString(folder.resolve("record"), line("+", inTheRecord) + "\n");

        watch(List.of(), shell, record.toString(), line("+", told), ".");

        Processes.awaitDeath(told);
        assertThat(inTheRecord).matches(Processes::isAlive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void theLastLineOfARecordCountsOnlyIfItIsWhole(String shell) throws Exception {
        ProcessId cutOff = loners.in(folder);
        ProcessId whole = loners.in(folder);
        Path record = Files.writeString(folder.resolve("record"), line("+", whole) + "\n" + line("+", cutOff));

        watch(List.of(), shell, record.toString());

        Processes.awaitDeath(whole);
        assertThat(cutOff).matches(Processes::isAlive);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whateverAProcessIsCalledItIsFound(String shell) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
        List<ProcessId> ours = new ArrayList<>();
        for (String name : List.of("a) b", "a\nb", "\n7 (x) S 1 7 7", ") S\n1 1", "(((", "\n\n")) {
            Path ready = folder.resolve("ready-" + ours.size());
            ours.add(loners.start(
                    folder,
                    List.of(),
                    "perl",
                    "-e",
                    "$0 = shift; open F, '>', shift; print F qq(1\\n); close F; sleep 1000",
                    name,
                    ready.toString()));
            Await.lines(ready, 1);
        }

        watch(shell, ours.stream().map(id -> line("=", id)).toArray(String[]::new));

        ours.forEach(Processes::awaitDeath);
    }

    /** Between the look and the kill, somebody else is given the number of whom the watchdog has found. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/dash", "/bin/busybox sh"})
    void whoIsGivenTheNumberOfOneThatWasFoundLivesOn(String shell) throws Exception {
        PidSpace.inOneOfItsOwn(ChildJvm.of(Successor.class, shell)).run(folder).expectSuccess();
    }

    /** In a space of process ids of its own. */
    static final class Successor {

        /** Whoever looks for the mark finds one process, which then gives its number to another. */
        private static final String GREP = """
                #!/bin/sh
                here=${0%/*}
                found=$(/usr/bin/grep "$@")
                status=$?
                echo "$found"
                victim=$(cat "$here/victim") || exit $status
                case $found in
                  *"/proc/$victim/environ"*) case "$*" in *WATCHDOG*) exit $status ;; esac ;;
                  *) exit $status ;;
                esac
                rm "$here/victim"
                kill -s KILL "$victim"
                while kill -s 0 "$victim"; do sleep 0.01; done
                while :; do
                  echo $((victim - 1)) >/proc/sys/kernel/ns_last_pid
                  env -i sleep 1000 >/dev/null 2>&1 &
                  [ $! -eq "$victim" ] && break
                  kill -s KILL $!
                done
                echo "$victim" >"$here/successor"
                exit $status
                """;

        private Successor() {}

        public static void main(String[] arguments) throws Exception {
            WatchdogScriptTest test = new WatchdogScriptTest();
            test.folder = Files.createDirectory(Path.of("inner")).toAbsolutePath();
            test.start();
            Path grep = Files.writeString(test.folder.resolve("grep"), GREP);
            Files.setPosixFilePermissions(grep, PosixFilePermissions.fromString("rwxr-xr-x"));
            test.path = test.folder + ":";
            ProcessId victim = PidSpace.farAway(() -> test.loners.in(test.folder, "PROCESSION_RUN=" + test.run()));
            Await.until("a tick is over", () -> Processes.TABLE.nowTicks() > victim.startTicks() + 1);
            Files.writeString(test.folder.resolve("victim"), "" + victim.pid());

            test.watch(arguments[0]);

            String successor = Await.lines(test.folder.resolve("successor"), 1).get(0);
            assertThat(successor).isEqualTo("" + victim.pid());
            assertThat(Processes.TABLE.find(victim.pid()))
                    .get()
                    .matches(row -> !row.id().equals(victim) && !row.isDead() && row.state() != RunState.STOPPED);
        }
    }
}
