package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.launch.ProcessSpec;
import dev.procession.launch.Readiness;
import dev.procession.launch.RunAs;
import dev.procession.os.OperatingSystem;
import dev.procession.process.ProcessionException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import dev.procession.testkit.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody with the ids of a process that root runs as another user swaps what is in its folders for links to root's own
 * files, without a pause, while the process is started and stopped: nothing of root's may come to harm.
 */
@EnabledOnOs(OS.LINUX)
@EnabledIf("isRoot")
class HostileChildTest {

    private static final int SECONDS = Integer.getInteger("procession.soak.hostileSeconds", 4);

    private static final String MARKER = "Procession empties this folder at every start.\n";

    /** In the order of its arguments: the process's folder, the user's own one, root's, and what tells that it is up. */
    private static final String ATTACK = """
            my ($run, $own, $precious, $up) = @ARGV;
            sub write_to { open(my $f, '>', $_[0]) or return; print $f $_[1]; close $f }
            sub swap { rename($_[0], "$_[0].away"); symlink($_[1], $_[0]);
                       unlink($_[0]); rename("$_[0].away", $_[0]) }
            write_to($up, "up");
            for (my $i = 0; ; $i++) {
                if ($i % 2) {
                    for my $name ('.procession', 'ready-command.log', 'stdin') {
                        symlink("$precious/file", "$run/new") and rename("$run/new", "$run/$name");
                    }
                } else {
                    unlink("$run/.procession");
                    write_to("$run/.procession", 'MARKER');
                }
                link("$precious/file", "$run/work/hard");
                link("$precious/file", "$own/hard");
                mkdir("$run/work/d");
                write_to("$run/work/d/f$_", 'x') for (1..20);
                for (1..20) {
                    swap("$run/work/d", "$precious/folder");
                    swap("$run/work/conf", "$precious/folder");
                    swap("$own/conf", "$precious/folder");
                }
                swap("$run/work", "$precious/folder");
                swap("$run/stdout.log", "$precious/file");
                unlink("$own/conf/app.conf", "$own/hard");
            }
            """.replace("MARKER", MARKER);

    @TempDir
    private Path folder;

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    @Test
    void whoSwapsLinksWithoutAPause_doesNoDamage_native() throws Exception {
        attack(Backends.nativeOne());
    }

    @Test
    void whoSwapsLinksWithoutAPause_doesNoDamage_portable() throws Exception {
        attack(Backends.portable());
    }

    private void attack(OperatingSystem system) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "needs perl");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        Path own = Files.createDirectories(folder.resolve("own"));
        give(own);
        give(Files.createDirectory(own.resolve("conf")));
        Precious precious = new Precious(Files.createDirectory(folder.resolve("precious")));
        precious.restore();
        Path up = Files.createFile(folder.resolve("up"));
        give(up);
        Path template = Files.writeString(folder.resolve("template"), "ours");
        Path processes = folder.resolve("processes");
        int cycles = 0;
        int started = 0;
        Map<String, Integer> damages = new TreeMap<>();
        String failure = "none";
        try (Trial trial = new Trial(system, folder)) {
            trial.program(
                            "/usr/bin/setpriv",
                            "--reuid=1",
                            "--regid=1",
                            "--clear-groups",
                            "/usr/bin/perl",
                            "-e",
                            ATTACK,
                            processes.resolve("api").toString(),
                            own.toString(),
                            precious.root.toString(),
                            up.toString())
                    .spawn();
            Await.until("the attack has begun", () -> up.toFile().length() > 0);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            // A slow machine is given a few cycles, too.
            while (System.nanoTime() < end || cycles < 4) {
                ProcessSpec.Builder spec = Stage.script("api", "exec sleep 1000")
                        .stdin("input")
                        .file(template.toString(), "conf/app.conf")
                        .runAs(RunAs.UNCHANGED.user("daemon"))
                        .ready(Readiness.DEFAULT.command("true"))
                        .stop(Stage.QUICK);
                if (cycles++ % 2 == 1) {
                    spec.directory(own.toString());
                }
                try (Stage stage = new Stage(system, processes)) {
                    stage.supervisor().start(spec.build());
                    started++;
                } catch (ProcessionException e) {
                    // It may keep its own process from starting.
                    failure = String.valueOf(e.getMessage());
                }
                precious.damages().forEach(damage -> damages.merge(damage, 1, Integer::sum));
                precious.restore();
            }
        }
        System.out.println("[hostile] " + system.description() + ": " + cycles + " cycles, " + started
                + " starts, damages " + damages);

        assertThat(damages).as("damages in " + cycles + " cycles").isEmpty();
        assertThat(started)
                .as("starts in " + cycles + " cycles, the last failure: " + failure)
                .isPositive();
    }

    private static void give(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", 1);
        Files.setAttribute(path, "unix:gid", 1);
    }

    /** What is root's alone: a file, and a folder of files with the names that the attack has in its own. */
    private record Precious(Path root) {

        private static final String CONTENT = "precious";

        private List<Path> files() {
            List<Path> files = new ArrayList<>(List.of(root.resolve("file"), root.resolve("folder/app.conf")));
            Stream.iterate(1, n -> n <= 20, n -> n + 1)
                    .map(n -> root.resolve("folder/f" + n))
                    .forEach(files::add);
            return files;
        }

        void restore() throws IOException {
            Files.createDirectories(root.resolve("folder"));
            for (Path file : files()) {
                if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        || !Files.readString(file).equals(CONTENT)) {
                    Files.deleteIfExists(file);
                    Files.writeString(file, CONTENT);
                }
            }
            for (Path path : all()) {
                Files.setAttribute(path, "unix:uid", 0);
                Files.setAttribute(path, "unix:gid", 0);
            }
        }

        private List<Path> all() {
            List<Path> all = new ArrayList<>(List.of(root, root.resolve("folder")));
            all.addAll(files());
            return all;
        }

        List<String> damages() throws IOException {
            List<String> damages = new ArrayList<>();
            for (Path file : files()) {
                String kind = file.getParent().equals(root) ? "file" : "file in folder";
                if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    damages.add(kind + " gone");
                } else if (!Files.readString(file).equals(CONTENT)) {
                    damages.add(kind + " written");
                }
            }
            for (Path path : all()) {
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                        && !Integer.valueOf(0)
                                .equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
                    damages.add((Files.isDirectory(path) ? "folder" : "file") + " given away");
                }
            }
            try (Stream<Path> now = Files.walk(root)) {
                if (now.count() > all().size()) {
                    damages.add("something made");
                }
            }
            return damages.stream().distinct().toList();
        }
    }
}
