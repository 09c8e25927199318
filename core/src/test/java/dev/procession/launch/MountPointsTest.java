package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MountPointsTest {

    private static final String TABLE = """
            22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
            23 22 0:20 / /proc rw,nosuid - proc proc rw
            30 22 254:1 /home/x /build/api-2 rw - ext4 /dev/vda1 rw
            31 22 254:1 /home/x /build/my\\040app/a\\134b\\012c rw - ext4 /dev/vda1 rw
            32 22 254:1 /home/x /build/gr\\303\\266\\303\\237e/x rw - ext4 /dev/vda1 rw
            33 22 254:1 /home/x /build/a\rb/c rw - ext4 /dev/vda1 rw
            half a row
            """;

    private static Optional<String> below(String folder) {
        return MountPoints.below(folder, TABLE, StandardCharsets.UTF_8);
    }

    @Test
    void onlyWhatIsBelowCounts() {
        assertThat(below("/build/api")).isEmpty();
        assertThat(below("/build/api-2")).as("the folder itself may be one").isEmpty();
        assertThat(below("/")).contains("/proc");
        assertThat(below("/build")).contains("/build/api-2");
    }

    @Test
    void namesAreWhatTheyAre() {
        assertThat(below("/build/my app")).contains("/build/my app/a\\b\nc");
        assertThat(below("/build/größe")).contains("/build/größe/x");
    }

    @Test
    void aNameMayHoldACarriageReturn() {
        assertThat(below("/build/a\rb")).contains("/build/a\rb/c");
    }

    @Test
    void aBackslashThatNoNumberFollowsIsOne() {
        assertThat(MountPoints.below("/odd", "1 2 0:3 / /odd/\\9xx/y rw", StandardCharsets.UTF_8))
                .contains("/odd/\\9xx/y");
    }
}
