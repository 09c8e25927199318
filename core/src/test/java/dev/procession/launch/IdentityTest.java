package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class IdentityTest {

    private static final List<String> COMMAND = List.of("/bin/app", "x");

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static Identity identity(RunAs runAs) throws UnusableCommandException {
        return Identity.of(runAs, "api");
    }

    @Test
    void whoeverIsUnchangedHasNothingBeforeHim() throws Exception {
        Identity unchanged = identity(RunAs.UNCHANGED);

        assertThat(unchanged.isWrapped()).isFalse();
        assertThat(unchanged.wrap(COMMAND)).isEqualTo(COMMAND);
        assertThat(unchanged.isOnItsWay(COMMAND, COMMAND)).isFalse();
    }

    @Test
    void umaskAndPriorityNeedNoRoot() throws Exception {
        Identity identity = identity(RunAs.UNCHANGED.umask("0027").nice(5));

        assertThat(identity.wrap(COMMAND))
                .satisfies(whole -> assertThat(whole.get(0)).endsWith("/nice"))
                .satisfies(whole -> assertThat(whole.get(3)).endsWith("/sh"));
        assertThat(identity.wrap(COMMAND).subList(1, 3)).containsExactly("-n", "5");
        assertThat(identity.wrap(COMMAND).subList(4, 9))
                .containsExactly("-c", "umask 0027 && exec \"$@\"", "procession-umask", "/bin/app", "x");
    }

    @Test
    void itIsOnItsWayUntilItIsTheProgram() throws Exception {
        Identity identity = identity(RunAs.UNCHANGED.umask("027").nice(5));
        List<String> whole = identity.wrap(COMMAND);

        assertThat(identity.isOnItsWay(whole, whole)).isTrue();
        assertThat(identity.isOnItsWay(whole, whole.subList(3, whole.size()))).isTrue();
        assertThat(identity.isOnItsWay(whole, List.of())).isTrue();
        assertThat(identity.isOnItsWay(whole, COMMAND)).isFalse();
        assertThat(identity.isOnItsWay(whole, List.of("app: ready"))).isFalse();
    }

    @Test
    void onlyAComplaintOfASmallProgramThatIsThereCounts() throws Exception {
        Identity umask = identity(RunAs.UNCHANGED.umask("027"));
        String refused = "procession-umask: 1: exec: /bin/app: Permission denied";

        assertThat(umask.complaint("starting\n" + refused + "\n")).contains(refused);
        assertThat(umask.complaint("procession-umask: line 1: exec: app: not found"))
                .isPresent();
        assertThat(umask.complaint("sh: 1: psql: not found\nnice: x\nsetpriv: y\n"))
                .isEmpty();
        assertThat(identity(RunAs.UNCHANGED.nice(1)).complaint("nice: '/bin/app': No such file or directory"))
                .contains("nice: '/bin/app': No such file or directory");
    }

    @Test
    @EnabledIf("isRoot")
    void aUserIsKnownByNameOrNumber() throws Exception {
        assertThat(identity(RunAs.UNCHANGED.user("daemon")).wrap(COMMAND).subList(1, 7))
                .containsExactly("--reuid=1", "--regid=1", "--init-groups", "--", "/bin/app", "x");
        assertThat(identity(RunAs.UNCHANGED.user("1")).wrap(COMMAND))
                .isEqualTo(identity(RunAs.UNCHANGED.user("daemon")).wrap(COMMAND));
        assertThat(identity(RunAs.UNCHANGED.user("daemon").group("sys")).wrap(COMMAND))
                .contains("--reuid=1", "--regid=3");
        assertThat(identity(RunAs.UNCHANGED.user("54321").group("54322")).wrap(COMMAND))
                .contains("--reuid=54321", "--regid=54322", "--clear-groups");
    }

    @Test
    @EnabledIf("isRoot")
    void rootWithAnotherGroupIsAChange() throws Exception {
        assertThat(identity(RunAs.UNCHANGED.user("root")).isWrapped()).isFalse();
        assertThat(identity(RunAs.UNCHANGED.user("root").group("root")).isWrapped())
                .isFalse();
        assertThat(identity(RunAs.UNCHANGED.user("root").group("daemon")).wrap(COMMAND))
                .contains("--reuid=0", "--regid=1");
    }

    @Test
    @EnabledIf("isRoot")
    void anUnknownUserOrGroupIsAnError() {
        assertThatThrownBy(() -> identity(RunAs.UNCHANGED.user("deamon")))
                .isExactlyInstanceOf(UnusableCommandException.class)
                .hasMessage("there is no user 'deamon' in /etc/passwd; did you mean 'daemon'?");
        assertThatThrownBy(() -> identity(RunAs.UNCHANGED.user("x-nobody-of-that-name")))
                .hasMessage("there is no user 'x-nobody-of-that-name' in /etc/passwd; make it, as the program's"
                        + " package does, or name another");
        assertThatThrownBy(() -> identity(RunAs.UNCHANGED.user("987654321")))
                .hasMessage("there is no user '987654321' in /etc/passwd; give a 'group' too");
        assertThatThrownBy(() -> identity(RunAs.UNCHANGED.user("daemon").group("deamon")))
                .hasMessage("there is no group 'deamon' in /etc/group; did you mean 'daemon'?");
        assertThatThrownBy(() -> identity(RunAs.UNCHANGED.user("daemon").group("x-nobody-of-that-name")))
                .hasMessage("there is no group 'x-nobody-of-that-name' in /etc/group; make it, or name another");
    }

    @Test
    @EnabledIf("isRoot")
    void aFolderOnTheWayThatIsClosedIsNamed(@TempDir Path temp) throws Exception {
        Path closed = Files.createDirectory(temp.resolve("closed"));
        Path inside = Files.createDirectory(closed.resolve("inside"));
        open(temp, "rwx--x--x");
        open(closed, "rw-rwxrw-");
        open(inside, "rwxrwxrwx");
        Identity daemon = identity(RunAs.UNCHANGED.user("daemon"));

        assertThatThrownBy(() -> daemon.requireAccess(inside))
                .isExactlyInstanceOf(UnusableCommandException.class)
                .hasMessage(
                        "user 'daemon' cannot enter the folder " + closed + " on the way to its own; run 'chmod o+x "
                                + closed + "', or build in a folder that everybody may enter");

        assertThatCode(() ->
                        identity(RunAs.UNCHANGED.user("root").group("daemon")).requireAccess(inside))
                .doesNotThrowAnyException();
        open(closed, "rwxrwxrwx");
        assertThatCode(() -> daemon.requireAccess(inside)).doesNotThrowAnyException();
    }

    @Test
    @EnabledIf("isRoot")
    void ownerAndGroupHaveTheirOwnPermissions(@TempDir Path temp) throws Exception {
        Path folder = Files.createDirectory(temp.resolve("folder"));
        open(temp, "rwx--x--x");
        Identity daemon = identity(RunAs.UNCHANGED.user("daemon"));

        Files.setAttribute(folder, "unix:uid", 1);
        open(folder, "rw-rwxrwx");
        assertThatThrownBy(() -> daemon.requireAccess(folder)).hasMessageContaining("cannot enter");
        open(folder, "--x------");
        assertThatCode(() -> daemon.requireAccess(folder)).doesNotThrowAnyException();

        Files.setAttribute(folder, "unix:uid", 2);
        Files.setAttribute(folder, "unix:gid", 1);
        open(folder, "rwxrw-rwx");
        assertThatThrownBy(() -> daemon.requireAccess(folder)).hasMessageContaining("cannot enter");
        open(folder, "-----x---");
        assertThatCode(() -> daemon.requireAccess(folder)).doesNotThrowAnyException();
        open(folder, "rwxrwxrwx");
    }

    private static void open(Path folder, String permissions) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
    }
}
