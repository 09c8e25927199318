package dev.procession.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedPathTest {

    @TempDir
    private Path folder;

    @Test
    void withoutLinks_noLinkOnTheWay_isTheSame() throws Exception {
        Path real = folder.toRealPath();

        assertThat(TrustedPath.withoutLinks(real)).isEqualTo(real);
        assertThat(TrustedPath.withoutLinks(real.resolve("../" + real.getFileName())))
                .isEqualTo(real);
    }

    @Test
    void withoutLinks_linkInAFolderOfRoots_isFollowed() throws Exception {
        Path link = Path.of("/proc/self");
        assumeTrue(Files.isSymbolicLink(link), "needs /proc");

        assertThat(TrustedPath.withoutLinks(link.resolve("fd")))
                .isEqualTo(link.toRealPath().resolve("fd"));
    }

    @Test
    void withoutLinks_linkInAFolderThatOthersCanWriteTo_isRefused() throws Exception {
        Path link = Files.createSymbolicLink(folder.toRealPath().resolve("link"), Path.of("/"));

        assertThatThrownBy(() -> TrustedPath.withoutLinks(link.resolve("etc")))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(link.resolve("etc") + ": " + link
                        + " is a link, which others than root can have put there; name the folder that it leads to");
    }

    @Test
    void withoutLinks_isNotThere_saysSo() throws Exception {
        Path missing = folder.toRealPath().resolve("missing");

        assertThatThrownBy(() -> TrustedPath.withoutLinks(missing)).isExactlyInstanceOf(NoSuchFileException.class);
    }
}
