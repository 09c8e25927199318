package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderGlobTest {

    @TempDir
    private Path folder;

    private void make(String... names) throws IOException {
        for (String name : names) {
            Files.createDirectories(folder.resolve(name));
        }
    }

    private List<String> found(String glob) {
        return FolderGlob.find(folder.resolve(glob)).stream()
                .map(path -> folder.relativize(path).toString())
                .toList();
    }

    @Test
    void theHighestVersionComesFirst() throws IOException {
        make("lib/9.6/bin", "lib/15/bin", "lib/10/bin", "lib/9.6.1/bin");

        assertThat(found("lib/*/bin")).containsExactly("lib/15/bin", "lib/10/bin", "lib/9.6.1/bin", "lib/9.6/bin");
    }

    @Test
    void versionsAreComparedInTheMiddleOfNamesToo() throws IOException {
        make("jdk-9", "jdk-17.0.2", "jdk-17.0.10", "jdk-21", "jre-8");

        assertThat(found("jdk-*")).containsExactly("jdk-21", "jdk-17.0.10", "jdk-17.0.2", "jdk-9");
        assertThat(found("j??-*")).containsExactly("jre-8", "jdk-21", "jdk-17.0.10", "jdk-17.0.2", "jdk-9");
    }

    @Test
    void theFirstPartDecidesBeforeTheSecond() throws IOException {
        make("1/9", "2/1", "2/3");

        assertThat(found("*/*")).containsExactly("2/3", "2/1", "1/9");
    }

    @Test
    void aQuestionMarkIsOneLetter() throws IOException {
        make("a1", "a12", "a");

        assertThat(found("a?")).containsExactly("a1");
    }

    @Test
    void otherLettersMeanThemselves() throws IOException {
        make("a.b", "axb", "[x]", "x(y");

        assertThat(found("a.*")).containsExactly("a.b");
        assertThat(found("[*]")).containsExactly("[x]");
        assertThat(found("?(?")).containsExactly("x(y");
    }

    @Test
    void onlyFoldersCount() throws IOException {
        make("15/bin");
        Files.createFile(folder.resolve("16"));
        Files.createFile(folder.resolve("15/lib"));

        assertThat(found("*")).containsExactly("15");
        assertThat(found("*/lib")).isEmpty();
    }

    @Test
    void withoutASignItIsThePathItself() throws IOException {
        make("15/bin");

        assertThat(found("15/bin")).containsExactly("15/bin");
        assertThat(found("16/bin")).isEmpty();
        assertThat(found("16/*")).isEmpty();
    }

    @Test
    void longNumbersAndDigitsOfOtherScriptsAreCompared() throws IOException {
        make("20240101120000000000001", "20240101120000000000002", "٣a", "٤b");

        assertThat(found("2*")).containsExactly("20240101120000000000002", "20240101120000000000001");
        assertThat(found("??")).containsExactly("٤b", "٣a");
    }
}
