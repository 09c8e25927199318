package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.os.Child;
import dev.procession.testkit.Actors;
import dev.procession.testkit.Await;
import dev.procession.testkit.Executables;
import dev.procession.testkit.Headless;
import dev.procession.testkit.Processes;
import java.io.File;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessQueryTest {

    private final String word = Actors.word();

    @TempDir
    private Path folder;

    private Actors actors;

    @BeforeEach
    void open() {
        actors = new Actors(folder);
    }

    @AfterEach
    void close() {
        actors.close();
    }

    @Test
    void find_wholeArgumentsInAnyOrder_exactlyTheOneThatHasThem() throws Exception {
        ProcessId alpha = actors.script("python", "apps/SomeApp.py", "alpha", word);
        actors.script("python", "apps/SomeApp.py", "beta", word);

        ProcessQuery python = ProcessQuery.named("python");

        assertThat(Actors.ids(python.args("apps/SomeApp.py", "alpha", word).find()))
                .containsExactly(alpha);
        assertThat(Actors.ids(python.args(word, "alpha", "apps/SomeApp.py").find()))
                .containsExactly(alpha);
        assertThat(Actors.ids(python.args(word).args("alpha").find())).containsExactly(alpha);
    }

    @Test
    void find_partOfAnArgument_matchesLooselyOnly() throws Exception {
        ProcessId alpha = actors.script("python", "apps/SomeApp.py", "alpha", word);
        ProcessId beta = actors.script("python", "apps/SomeApp.py", "beta", word);

        ProcessQuery query = ProcessQuery.named("python").args(word, "SomeApp");

        assertThat(query.find()).isEmpty();
        assertThat(Actors.ids(query.loose().find())).containsExactly(beta, alpha);
        assertThat(query.loose().match(ArgumentMatch.EXACT).find()).isEmpty();
    }

    @Test
    void find_aPatternThatTakesForeverOnACommandLine_isAnErrorThatNamesIt() throws Exception {
        actors.start("python", word, "Server ".repeat(10_000));

        assertThatThrownBy(
                        () -> ProcessQuery.matching(word + " .*Server.*ready.*").find())
                .isExactlyInstanceOf(InvalidSpecException.class)
                .message()
                .satisfies(message -> assertThat(message.replaceAll("of 70\\d\\d\\d characters", "of N characters"))
                        .isEqualTo("'pattern' is \"" + word + " .*Server.*ready.*\", and whether a command line of N"
                                + " characters matches cannot be told: it took more than 50 million steps; simplify the"
                                + " expression: without .* at its beginning, and without a repetition of alternatives or"
                                + " within a repetition"));
    }

    /** There is no command line of which it would read more than the first character. */
    @Test
    void find_aPatternThatRepeatsNothingForEver_isAnErrorThatNamesIt() {
        assertThatThrownBy(() -> Await.result(Await.async(
                        () -> ProcessQuery.matching("((?:^){100000}){100000}x").find())))
                .rootCause()
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessageStartingWith("'pattern' is \"((?:^){100000}){100000}x\", and whether a command line of ")
                .hasMessageContaining(" characters matches cannot be told: it took more than 50 million steps; ");
    }

    @Test
    void find_aPatternForWhichThereIsNoStack_isAnErrorThatNamesIt() throws Exception {
        actors.start("python", word, "ab".repeat(50_000));

        assertThatThrownBy(() -> ProcessQuery.matching(word + " (a|b)*c").find())
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessageContaining("cannot be told: it took more stack than there is");
    }

    @Test
    void find_oneOfSeveralLooseArgumentsIsMissing_isNoMatch() throws Exception {
        ProcessId alpha = actors.start("python", "alpha", word);

        ProcessQuery query =
                ProcessQuery.named("python").args(word.substring(1)).loose();

        assertThat(Actors.ids(query.args("alph").find())).containsExactly(alpha);
        assertThat(query.args("alph", "nosuch").find()).isEmpty();
        assertThat(query.args("nosuch", "alph").find()).isEmpty();
    }

    @Test
    void find_argumentAcrossTwo_isNoMatch() throws Exception {
        actors.start(word, "one", "two");

        assertThat(ProcessQuery.named(word).args("one two").loose().find()).isEmpty();
        assertThat(ProcessQuery.named(word).args("onetwo").loose().find()).isEmpty();
    }

    @Test
    void find_emptyArguments_thoseBehindThemAreSeen() throws Exception {
        ProcessId id = actors.start(word, "", "before", "", "", "behind", "");

        FoundProcess found = ProcessQuery.named(word).args("behind").find().get(0);

        assertThat(found.id()).isEqualTo(id);
        assertThat(found.commandLine())
                .containsExactly(word, "-c", Actors.waiting(), "", "before", "", "", "behind", "");
        assertThat(ProcessQuery.named(word).args("").pids()).containsExactly(id.pid());
    }

    @ParameterizedTest
    @ValueSource(ints = {4_070, 4_096, 8_000, 131_000})
    void find_longArgument_foundByTheLastWord(int length) throws Exception {
        ProcessId id = actors.start(word, "x".repeat(length), "last");

        assertThat(ProcessQuery.named(word).args("last").pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.matching("x " + "last$").args(word).pids()).containsExactly(id.pid());
    }

    @Test
    void find_longerThanAnySingleArgument_foundByTheLastWord() throws Exception {
        String[] arguments = new String[5];
        Arrays.fill(arguments, "y".repeat(100_000));
        arguments[4] = "last";

        ProcessId id = actors.start(word, arguments);

        assertThat(ProcessQuery.named(word).args("last").find().get(0).commandLine())
                .hasSize(3 + 5);
        assertThat(ProcessQuery.named(word).args("last").pids()).containsExactly(id.pid());
    }

    @Test
    void find_name_isTheBaseNameOfArgv0AndNothingElse() throws Exception {
        ProcessId id = actors.start("/no/such/" + word);

        assertThat(ProcessQuery.named(word).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named("/no/such/" + word).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named("such/" + word).find()).isEmpty();
        assertThat(ProcessQuery.named(word.substring(1)).find()).isEmpty();
        assertThat(ProcessQuery.named(word + "x").find()).isEmpty();
        assertThat(ProcessQuery.named("bash").pids()).doesNotContain(id.pid());
    }

    @Test
    void find_loginShell_isNamedWithoutItsDash() throws Exception {
        ProcessId id = actors.start("-" + word);

        assertThat(ProcessQuery.named(word).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named("-" + word).find()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"zed: master process /usr/sbin/zed", ""})
    void find_titleOrNothingInsteadOfAName_isKnownByTheNameOfTheKernel(String title) throws Exception {
        Path program = copyOfBash(folder, word);

        ProcessId id = actors.execute(program, title);

        assertThat(ProcessQuery.named(word).pids()).containsExactly(id.pid());
    }

    private static Path copyOfBash(Path folder, String name) throws Exception {
        return Executables.copy(Path.of("/bin/bash"), folder.resolve(name));
    }

    @Test
    void find_path_meansWhoeverExecutesThatFile() throws Exception {
        Path program = copyOfBash(folder, "program");
        Path link = Files.createSymbolicLink(folder.resolve("link"), program);

        ProcessId id = actors.execute(program, word);

        assertThat(ProcessQuery.named(program.toString()).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(link.toString()).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(folder.resolve("other").toString()).find())
                .isEmpty();
    }

    /** Each name of busybox is another program. */
    @Test
    void find_pathOfALinkToAProgramOfSeveralNames_meansWhoeverWasStartedByThatName() throws Exception {
        Path busybox = Path.of("/bin/busybox");
        assumeTrue(Files.isExecutable(busybox), "there is no busybox");
        Path sleep = Files.createSymbolicLink(folder.resolve("sleep"), busybox);
        Path tail = Files.createSymbolicLink(folder.resolve("tail"), busybox);
        String file = Files.createFile(folder.resolve("file")).toString();
        long byLink = program(sleep, "1000");
        long byPlainName = program(Path.of("/bin/bash"), "-c", "exec -a sleep \"$0\" 1000", sleep.toString());
        long byWord = program(busybox, "sleep", "1000");
        long otherLink = program(tail, "-f", file);
        long otherWord = program(busybox, "tail", "-f", file);
        long otherWithoutLink = program(busybox, "usleep", "1000000000");
        List<Long> started = List.of(byLink, byPlainName, byWord, otherLink, otherWord, otherWithoutLink);
        for (long pid : started) {
            // In the midst of an exec it has no command line yet.
            Await.until(
                    "it runs busybox",
                    () -> Processes.TABLE.runs(pid, busybox)
                            && !Processes.TABLE.commandLine(pid).isEmpty());
        }

        assertThat(amongThese(started, sleep)).containsExactlyInAnyOrder(byLink, byPlainName, byWord);
        assertThat(amongThese(started, tail)).containsExactlyInAnyOrder(otherLink, otherWord);
        assertThat(amongThese(started, busybox)).containsExactlyInAnyOrderElementsOf(started);
    }

    private long program(Path program, String... arguments) throws Exception {
        return actors.trial()
                .program(program.toString(), arguments)
                .spawn()
                .id()
                .pid();
    }

    private static List<Long> amongThese(List<Long> pids, Path program) {
        return ProcessQuery.named(program.toString()).pids().stream()
                .filter(pids::contains)
                .toList();
    }

    /** A new name for a program, and a version of it: nobody can call it otherwise and mean another one. */
    @Test
    void find_pathOfALinkToAProgramOfOneUse_meansWhoeverExecutesIt() throws Exception {
        Path renamed = copyOfBash(folder, "mariadbd");
        Path old = Files.createSymbolicLink(folder.resolve("mysqld"), renamed);
        ProcessId own = actors.execute(renamed, renamed.toString());
        ProcessId title = actors.execute(renamed, word);
        Path version = copyOfBash(folder, "tool3.11");
        Path any = Files.createSymbolicLink(folder.resolve("tool"), version);
        Path major = Files.createSymbolicLink(folder.resolve("tool3"), version);
        ProcessId byMajor = actors.execute(major, major.toString());

        assertThat(ProcessQuery.named(old.toString()).pids()).containsExactly(title.pid(), own.pid());
        assertThat(ProcessQuery.named(any.toString()).pids()).containsExactly(byMajor.pid());
    }

    /** The kernel puts the same behind the path of a file that has been removed. */
    @Test
    void find_pathWithTheMarkOfARemovedFile_isTakenAsItIs() throws Exception {
        Path really = copyOfBash(folder, "program (deleted)");
        ProcessId id = actors.execute(really, word);
        Path program = folder.resolve("program");

        assertThat(ProcessQuery.named(program.toString()).find()).isEmpty();
        assertThat(ProcessQuery.named(really.toString()).pids()).containsExactly(id.pid());

        Files.delete(really);
        assertThat(ProcessQuery.named(program.toString()).find()).isEmpty();
        assertThat(ProcessQuery.named(really.toString()).pids()).containsExactly(id.pid());
    }

    /** It has a link left, so that it does not count as removed. */
    @Test
    void find_pathOfAFileThatWasReplacedAndKeptUnderAnotherName_isFoundAllTheSame() throws Exception {
        Path program = copyOfBash(folder, "program");
        Files.createLink(folder.resolve("kept"), program);
        ProcessId id = actors.execute(program, word);

        Files.delete(program);

        assertThat(ProcessQuery.named(program.toString()).pids()).containsExactly(id.pid());
    }

    /** Every service that is built anew while it runs. */
    @Test
    void find_pathOfAFileThatWasReplaced_isFoundAllTheSame() throws Exception {
        Path program = copyOfBash(folder, "program");
        ProcessId named = actors.execute(program, word);
        ProcessId relative = startedThere("./program");

        Files.delete(program);
        assertThat(ProcessQuery.named(program.toString()).pids()).containsExactly(relative.pid(), named.pid());

        copyOfBash(folder, "program");
        assertThat(ProcessQuery.named(program.toString()).pids()).containsExactly(relative.pid(), named.pid());
        assertThat(ProcessQuery.named(folder + "/../" + folder.getFileName() + "/program")
                        .pids())
                .containsExactly(relative.pid(), named.pid());
        assertThat(ProcessQuery.named(folder.resolve("other").toString()).find())
                .isEmpty();
    }

    @Test
    void find_pathOfAFileThatWasMovedAway_isFoundByWhatItWasCalledAs() throws Exception {
        Path program = copyOfBash(folder, "program");
        ProcessId id = startedThere("./program");

        Files.move(program, folder.resolve("program.old"));
        copyOfBash(folder, "program");

        assertThat(ProcessQuery.named(program.toString()).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(folder.resolve("program.old").toString()).pids())
                .containsExactly(id.pid());
        assertThat(ProcessQuery.named(folder.resolve("other/program").toString())
                        .find())
                .isEmpty();
    }

    /** With a path that means something in its own directory only. */
    private ProcessId startedThere(String relative) throws Exception {
        Child child = actors.trial()
                .program("/bin/bash", "-c", "exec \"$@\"", "bash", relative, "-c", Actors.waiting())
                .withOnly(Map.of("PATH", "/usr/bin:/bin"))
                .in(folder)
                .spawn();
        Await.lines(actors.trial().stdout(child), 1);
        return child.id();
    }

    /** The process itself shows no command line and no files any more; each of its threads does. */
    @Test
    void find_firstThreadHasEnded_isFoundByAllThatItWas() throws Exception {
        Headless headless = Headless.start(actors.trial(), word);

        String python = headless.executable().toString();
        ProcessQuery one = ProcessQuery.named(python).args(word);
        assertThat(Actors.ids(one.find())).containsExactly(headless.id());
        assertThat(Actors.ids(ProcessQuery.matching(word).find())).containsExactly(headless.id());
        assertThat(Actors.ids(
                        ProcessQuery.named(headless.executable().getFileName().toString())
                                .args(word)
                                .find()))
                .containsExactly(headless.id());
        assertThat(one.find().get(0).commandLine()).startsWith(python).endsWith(word);
        assertThat(Actors.ids(ProcessQuery.any().listeningOn(headless.port()).find()))
                .containsExactly(headless.id());
        assertThat(Processes.TABLE.environment(headless.id().pid())).contains("HEADLESS=" + word);
        assertThat(Processes.TABLE.workingDirectory(headless.id().pid())).contains(folder.toRealPath());
        assertThat(one.kill(Signal.KILL)).isOne();
        Processes.awaitDeath(headless.id());
        assertThat(one.find()).isEmpty();
    }

    @Test
    void ofPids_aThreadsId_isNobody() throws Exception {
        Headless headless = Headless.start(actors.trial(), word);

        assertThat(ProcessSelection.ofPids(headless.id().pid()).pids())
                .containsExactly(headless.id().pid());
        assertThat(ProcessSelection.ofPids(headless.thread()).find()).isEmpty();
        assertThat(ProcessId.of(headless.thread())).isEmpty();
    }

    @Test
    void find_nobodyHasTheScriptsName_itsInterpreterIsFound() throws Exception {
        String shell = "apps/" + word + ".sh";
        String python = "apps/" + word + ".py";
        ProcessId bash = actors.script("bash", shell, "alpha");
        ProcessId sh = actors.script("/bin/sh", shell, "beta");
        ProcessId python3 = actors.script("/usr/bin/python3.11", python, "alpha");
        actors.script("perl", python, "alpha");
        actors.script("pythonista", python, "alpha");

        assertThat(Actors.ids(ProcessQuery.named(shell).find())).containsExactly(sh, bash);
        assertThat(Actors.ids(ProcessQuery.named(shell).args("alpha").find())).containsExactly(bash);
        assertThat(Actors.ids(ProcessQuery.named(python).args("alpha").find())).containsExactly(python3);
        assertThat(ProcessQuery.named(word + ".sh").find()).isEmpty();
        assertThat(Actors.ids(ProcessQuery.named(word + ".sh").loose().find())).containsExactly(sh, bash);
        assertThat(Actors.ids(ProcessQuery.named(word + ".py").loose().find())).containsExactly(python3);
    }

    @Test
    void find_somebodyHasTheScriptsName_interpretersAreNotAsked() throws Exception {
        String script = word + ".sh";
        actors.script("bash", script, "alpha");
        ProcessId named = actors.start(script, "beta");

        assertThat(Actors.ids(ProcessQuery.named(script).find())).containsExactly(named);
        assertThat(ProcessQuery.named(script).args("alpha").find()).isEmpty();
    }

    @Test
    void find_pattern_isFoundInTheArgumentsJoinedByBlanks() throws Exception {
        ProcessId id = actors.start("some", word, "alpha", "beta");

        assertThat(ProcessQuery.matching(word + " al.ha\\b").pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.matching(word + ".*beta$").pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named("some").pattern(word).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named("other").pattern(word).find()).isEmpty();
        assertThat(ProcessQuery.matching(word + "alpha").find()).isEmpty();
    }

    @Test
    void find_textThatIsNotAscii_isCompared() throws Exception {
        ProcessId id = actors.start(word, "Øresund/€");

        assertThat(ProcessQuery.named(word).args("Øresund/€").pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(word).args("sund/€").loose().pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(word).pattern("sund.€").pids()).containsExactly(id.pid());
    }

    @Test
    void find_zombie_isNobody() throws Exception {
        actors.play(word, "(exec -a " + word + " sleep 0) & wait; " + Actors.waiting());
        ProcessId parent = ProcessQuery.named(word).find().get(0).id();
        // A shell reaps its children; what it becomes does not. So the child ends only then.
        ProcessId zombie = actors.play(
                "parent",
                "(until grep -qx sleep /proc/$$/comm; do sleep 0.01; done) & echo ready; exec -a " + word
                        + "p sleep 1000",
                word);

        Await.until(
                "there is a zombie",
                () -> Processes.TABLE.scan().stream().anyMatch(row -> row.parentPid() == zombie.pid() && row.isDead()));

        assertThat(ProcessQuery.named(word).pids()).containsExactly(parent.pid());
        assertThat(ProcessQuery.any().find()).noneMatch(found -> found.info().parentPid() == zombie.pid());
    }

    @Test
    void find_ourselvesAndWhoStartedUs() {
        long self = ProcessHandle.current().pid();
        long parent = ProcessHandle.current().parent().orElseThrow().pid();

        assertThat(ProcessQuery.any().pids()).doesNotContain(self, parent);
        assertThat(ProcessQuery.named("java").pids()).doesNotContain(self);
        assertThat(ProcessQuery.matching("surefire").pids()).doesNotContain(self, parent);
        String ofParent = new File(Processes.TABLE.commandLine(parent).get(0)).getName();
        assertThat(ProcessQuery.named(ofParent).pids()).contains(parent);
    }

    @Test
    void find_kernelThreads_areNobody() {
        assumeTrue(
                Processes.TABLE
                        .find(2)
                        .filter(row -> row.name().equals("kthreadd"))
                        .isPresent(),
                "kernel threads are seen outside of containers only");

        assertThat(ProcessQuery.any().find()).noneMatch(found -> found.info().parentPid() == 2);
        assertThat(ProcessQuery.named("kthreadd").find()).isEmpty();
    }

    @Test
    void find_user() throws Exception {
        ProcessId id = actors.start(word);
        String user = System.getProperty("user.name");
        long number = Processes.TABLE.userId(id.pid()).orElseThrow();

        assertThat(ProcessQuery.named(word).user(user).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(word).user(Long.toString(number)).pids()).containsExactly(id.pid());
        assertThat(ProcessQuery.named(word).user(Long.toString(number + 1)).find())
                .isEmpty();
        assertThatThrownBy(() ->
                        ProcessQuery.named("nobody-" + word).user("nosuchuser").find())
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage(
                        "'user' is 'nosuchuser', whom /etc/passwd does not list; give one that is, or the user's number");
    }

    @Test
    void find_port_whoeverListensOnIt() throws Exception {
        try (ServerSocket other = new ServerSocket(0)) {
            ProcessQuery listeners = ProcessQuery.any().listeningOn(other.getLocalPort());
            // What other tests are just starting holds a copy of the socket for a moment.
            Await.until("nobody is found beside us", () -> listeners.find().isEmpty());
        }
        Path perl = Path.of("/usr/bin/perl");
        assumeTrue(Files.isExecutable(perl), "there is no " + perl);
        var child = actors.trial()
                .program(
                        perl.toString(),
                        "-MIO::Socket::INET",
                        "-e",
                        "$|=1; $s=IO::Socket::INET->new(Listen=>1,LocalAddr=>'127.0.0.1'); print $s->sockport,\"\\n\"; sleep 1000",
                        word)
                .spawn();
        int port = Integer.parseInt(Await.lines(actors.trial().stdout(child), 1).get(0));

        assertThat(ProcessQuery.any().listeningOn(port).pids())
                .containsExactly(child.id().pid());
        assertThat(ProcessQuery.named("perl").args(word).listeningOn(port).pids())
                .containsExactly(child.id().pid());
        assertThat(ProcessQuery.named("bash").listeningOn(port).find()).isEmpty();
    }

    @Test
    void find_ignored_byPidAndById() throws Exception {
        ProcessId first = actors.start(word);
        ProcessId second = actors.start(word);
        ProcessId third = actors.start(word);
        ProcessQuery query = ProcessQuery.named(word);

        assertThat(Actors.ids(query.find())).as("the newest first").containsExactly(third, second, first);
        assertThat(Actors.ids(query.ignoring(first.pid()).find())).containsExactly(third, second);
        assertThat(Actors.ids(
                        query.ignoring(first.pid()).ignoring(List.of(third)).find()))
                .containsExactly(second);
        assertThat(query.ignoring(first.pid(), second.pid(), third.pid()).find())
                .isEmpty();
        assertThat(query.ignoring(List.of(new ProcessId(first.pid(), first.startTicks() - 1)))
                        .find())
                .as("somebody else had that pid")
                .hasSize(3);
    }

    @Test
    void kill_countsThoseItWasSentTo() throws Exception {
        ProcessId first = actors.start(word, "one");
        ProcessId second = actors.start(word, "two");

        assertThat(ProcessQuery.named(word).args("three").kill()).isZero();
        assertThat(ProcessQuery.named(word).args("one").kill()).isOne();
        Processes.awaitDeath(first);
        assertThat(Processes.isAlive(second)).isTrue();
        assertThat(ProcessQuery.named(word).kill(Signal.KILL)).isOne();
        Processes.awaitDeath(second);
        assertThat(ProcessQuery.named(word).kill()).isZero();
    }

    @Test
    void kill_whoStartedUs_isNotSignalledAndNotCounted() {
        long parent = ProcessHandle.current().parent().orElseThrow().pid();

        // A signal without an effect, should it be sent after all.
        assertThat(ProcessSelection.ofPids(parent).kill(Signal.URG)).isZero();
        assertThat(ProcessSelection.ofPids(ProcessHandle.current().pid()).kill(Signal.URG))
                .isZero();
    }

    @Test
    void kill_nothingSaysWhoIsMeant_isRefused() {
        ProcessQuery any =
                ProcessQuery.any().startedAfter(new Epoch(Long.MAX_VALUE)).ignoring(5);

        assertThatThrownBy(any::kill)
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage(
                        "'process' is not given, so that any process started at tick 9223372036854775807 or later"
                                + " other than pid 5 would be killed; say by name, argument, pattern, user or port who is meant");
        assertThat(any.find()).isEmpty();
        assertThat(any.args("").isNarrow()).isFalse();
        assertThat(any.user("0").kill()).isZero();
    }

    @Test
    void ofPids_isASnapshot() throws Exception {
        ProcessId id = actors.start(word);
        ProcessSelection selection = ProcessSelection.ofPids(id.pid(), 999_999_999L);
        ProcessSelection earlier = ProcessSelection.ofIds(List.of(new ProcessId(id.pid(), id.startTicks() - 1)));

        assertThat(Actors.ids(selection.find())).containsExactly(id);
        assertThat(earlier.find()).isEmpty();
        assertThat(earlier.kill()).isZero();
        assertThat(selection).hasToString("pids " + id.pid() + ", 999999999");
        assertThat(selection.kill(Signal.KILL)).isOne();
        Processes.awaitDeath(id);
        assertThat(selection.find()).isEmpty();
    }

    @Test
    void toString_saysAllOfIt() {
        assertThat(ProcessQuery.named("python").args("apps/Some App.py", "--password=geheim"))
                .hasToString("'python' with the arguments 'apps/Some App.py' '--password=***'");
        assertThat(ProcessQuery.any()
                        .args("a", "b")
                        .loose()
                        .pattern("x.y")
                        .user("postgres")
                        .listeningOn(5432)
                        .startedAfter(new Epoch(7))
                        .ignoring(12, 3)
                        .ignoring(List.of(new ProcessId(5, 1))))
                .hasToString(
                        "any process with arguments that contain a b with a command line that matches /x.y/ of the"
                                + " user postgres that listens on port 5432 started at tick 7 or later other than pid 3, 5, 12");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "name|`'process' is empty; give the name of a program as pidof takes it, such as postgres`",
                "nul|`'args' is \"a\\0b\", which holds a NUL; no argument can; take it out`",
                "nopattern|`'pattern' is empty; an empty one would match every process; give a part of the command line`",
                "blank|`'pattern' is \" \", which nearly every process matches; give a part of the command line`",
                "everybody|`'pattern' is \"nginx|\", which every process matches, since it matches the empty text;"
                        + " give a part of the command line; who really means everybody writes .*`",
                "pattern|`'pattern' is \"a(\", which is no regular expression: Unclosed group; put a backslash before each"
                        + " sign that is meant as it is`",
                "user|`'user' is empty; give a user's name or number`",
                "port|`'port' is 65536; give a number from 1 to 65535`",
                "ignore|`'ignore' is 0; a pid is a number above 0`",
                "pids|`'pids' is -1; a pid is a number above 0`",
                "ids|`'ids' is empty; name at least one process`"
            })
    void wrongInput_isRefusedAtOnce(String what, String message) {
        assertThatThrownBy(() -> {
                    switch (what) {
                        case "name" -> ProcessQuery.named(" ");
                        case "nul" -> ProcessQuery.named("x").args("a\0b");
                        case "nopattern" -> ProcessQuery.matching("");
                        case "blank" -> ProcessQuery.matching(" ");
                        case "everybody" -> ProcessQuery.matching("nginx|").checkNarrow();
                        case "pattern" -> ProcessQuery.matching("a(");
                        case "user" -> ProcessQuery.any().user("");
                        case "port" -> ProcessQuery.any().listeningOn(65536);
                        case "ignore" -> ProcessQuery.any().ignoring(0);
                        case "pids" -> ProcessSelection.ofPids(-1);
                        default -> ProcessSelection.ofIds(List.of());
                    }
                })
                .isInstanceOf(InvalidSpecException.class)
                .hasMessage(message);
    }
}
