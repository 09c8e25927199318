package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two test classes of one simple name, in two JVMs, as the forks of a build have them. */
class ClassFolderTest {

    @TempDir
    private Path folder;

    /** Runs a class as a fork of a build does, and tells where the process of its test worked. */
    public static final class InAFork {
        public static void main(String[] arguments) throws Exception {
            Class<?> testClass = Class.forName(System.getProperty("test.class"));
            Kit.run(Map.of("procession.folder", System.getProperty("shared.folder")), testClass)
                    .testEvents()
                    .assertStatistics(tests -> tests.succeeded(1));
            Files.writeString(
                    Path.of("where-" + testClass.getPackageName()),
                    testClass.getField("folder").get(null).toString());
        }
    }

    private Path run(Class<?> testClass) throws Exception {
        try (Fork fork = fork(testClass)) {
            return where(fork, testClass);
        }
    }

    private Fork fork(Class<?> testClass) throws Exception {
        Path own = Files.createDirectories(folder.resolve("output-of-" + testClass.getPackageName()));
        return Fork.startJava(
                own,
                InAFork.class,
                "-Dtest.class=" + testClass.getName(),
                "-Dshared.folder=" + folder.resolve("target"));
    }

    private static Path where(Fork fork, Class<?> testClass) throws Exception {
        assertThat(fork.exitCode()).as(fork.output()).isZero();
        return Path.of(fork.read("where-" + testClass.getPackageName()));
    }

    @Test
    void oneAfterTheOther_eachLogStays() throws Exception {
        Path one = run(dev.procession.junit.one.Twin.class);
        Path two = run(dev.procession.junit.two.Twin.class);

        Path target = folder.resolve("target");
        assertThat(one).isEqualTo(target.resolve("Twin/server"));
        assertThat(two).isEqualTo(target.resolve("dev.procession.junit.two.Twin/server"));
        assertThat(one.resolve("stdout.log")).hasContent("one");
        assertThat(two.resolve("stdout.log")).hasContent("two");
        // The next build finds each where it was, whoever comes first.
        assertThat(run(dev.procession.junit.two.Twin.class)).isEqualTo(two);
        assertThat(run(dev.procession.junit.one.Twin.class)).isEqualTo(one);
    }

    @Test
    void atOnce_eachLogStays() throws Exception {
        Class<?> one = dev.procession.junit.one.Twin.class;
        Class<?> two = dev.procession.junit.two.Twin.class;
        try (Fork first = fork(one);
                Fork second = fork(two)) {
            assertThat(where(first, one).resolve("stdout.log")).hasContent("one");
            assertThat(where(second, two).resolve("stdout.log")).hasContent("two");
        }
        try (Stream<Path> folders = Files.list(folder.resolve("target"))) {
            assertThat(folders.map(path -> path.getFileName().toString()))
                    .hasSize(2)
                    .contains("Twin");
        }
    }

    @Test
    void classThatWasMoved_getsTheFolderOfItsFormerSelf() throws Exception {
        Files.createDirectories(folder.resolve("Twin"));
        Files.writeString(folder.resolve("Twin").resolve(ClassFolder.OWNER), "former.Twin\nformer.Twin\n");

        Path own = ClassFolder.of(folder, "Twin", "present.Twin", ClassFolderTest.class);

        assertThat(own).isEqualTo(folder.resolve("Twin"));
        assertThat(own.resolve(ClassFolder.OWNER)).hasContent("present.Twin\ndev.procession.junit.ClassFolderTest");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "one line\n", "1\n2\n3\n"})
    void ownerThatCannotBeRead_isReplaced(String text) throws Exception {
        Files.createDirectories(folder.resolve("Twin"));
        Files.writeString(folder.resolve("Twin").resolve(ClassFolder.OWNER), text);

        assertThat(List.of(
                        ClassFolder.of(folder, "Twin", "a.Twin", ClassFolderTest.class),
                        ClassFolder.of(folder, "Twin", "b.Twin", ClassFolderTest.class)))
                .containsExactly(folder.resolve("Twin"), folder.resolve("b.Twin"));
    }
}
