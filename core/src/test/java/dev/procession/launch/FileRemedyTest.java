package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.process.ProcessionException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileRemedyTest {

    private static String of(IOException cause) {
        return FileRemedy.of(new ProcessionException("Cannot make it", cause), "mend that");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Read-only file system|mount that file system for writing, or let it have another folder",
                "No space left on device|make room there, or let it have another folder",
                "Disk quota exceeded|make room there, or let it have another folder",
                "Too many open files|mend that"
            })
    void whatTheSystemSaysIsFollowedByWhatToDo(String reason, String remedy) {
        assertThat(of(new FileSystemException("/f", null, reason))).isEqualTo(remedy);
    }

    @Test
    void whatIsDeniedIsToBeAllowedUnlessTheReasonSaysMore() {
        assertThat(of(new AccessDeniedException("/f")))
                .isEqualTo("let this user write there, or let it have another folder");
        assertThat(of(new AccessDeniedException("/f", null, "remove it as that user")))
                .isEqualTo("mend that");
    }

    @Test
    void whatIsNoMatterOfAFileIsLeftAlone() {
        assertThat(of(new IOException("Read-only file system"))).isEqualTo("mend that");
        assertThat(FileRemedy.of(new ProcessionException("in use"), "mend that"))
                .isEqualTo("mend that");
    }
}
