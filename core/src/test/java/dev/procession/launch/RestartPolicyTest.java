package dev.procession.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.process.ExitStatus;
import dev.procession.process.ExitStatus.Code;
import dev.procession.process.ExitStatus.Signalled;
import dev.procession.process.ExitStatus.Unknown;
import dev.procession.process.InvalidSpecException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestartPolicyTest {

    private static final ExitStatus KILLED = new Signalled(9, false);
    private static final ExitStatus UNKNOWN = new Unknown(OptionalInt.empty(), "nobody saw it");

    /** What is expected of the process, whatever its policy. */
    private static final Set<Integer> EXPECTED = Set.of(0, 2);

    @Test
    void neverIsAfterNoEnd() {
        assertRestarts(RestartPolicy.never(), "");
    }

    @Test
    void unexpectedIsUnlessTheCodeIsExpectedAsSupervisordsAutorestart() {
        assertRestarts(RestartPolicy.unexpected(), "1 55 KILL unknown");
    }

    @Test
    void onFailureIsUnlessTheCodeIsZeroWhateverIsExpectedAsProcessman() {
        assertRestarts(RestartPolicy.onFailure(), "1 2 55 KILL unknown");
    }

    @Test
    void alwaysIsAfterEveryEndAsProcmon() {
        assertRestarts(RestartPolicy.always(), "0 1 2 55 KILL unknown");
    }

    @Test
    void untilExitIsUnlessTheCodeIsListedAsWatchProcessAndRestart() {
        assertRestarts(RestartPolicy.untilExit(55, 1), "0 2 KILL unknown");
    }

    @Test
    void onListedExitIsOnlyIfTheCodeIsListedAsPerlsSupervisor() {
        assertRestarts(RestartPolicy.onListedExit(0, 1), "0 1");
    }

    private static void assertRestarts(RestartPolicy policy, String ends) {
        List<ExitStatus> all = List.of(new Code(0), new Code(1), new Code(2), new Code(55), KILLED, UNKNOWN);
        List<String> names = List.of("0", "1", "2", "55", "KILL", "unknown");
        StringBuilder restarted = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            if (policy.restartsAfter(all.get(i), EXPECTED)) {
                restarted.append(' ').append(names.get(i));
            }
        }
        assertThat(restarted.toString().strip()).isEqualTo(ends);
    }

    @ParameterizedTest
    @EnumSource(
            value = RestartMode.class,
            names = {"UNEXPECTED", "ON_FAILURE", "ALWAYS"})
    void theDefaultsAreSupervisords(RestartMode mode) {
        RestartPolicy policy = RestartPolicy.of(mode);

        assertThat(policy.mode()).isEqualTo(mode);
        assertThat(policy.exitCodes()).isEmpty();
        assertThat(policy.backoff()).isEqualTo(Backoff.linear());
        assertThat(policy.startSeconds()).isNull();
        assertThat(policy.startRetries()).isEqualTo(3);
    }

    @Test
    void whatIsNeverStartedAgainHasNoSecondTryOfAStart() {
        assertThat(RestartPolicy.of(RestartMode.NEVER))
                .isEqualTo(RestartPolicy.NEVER)
                .isEqualTo(RestartPolicy.never());
        assertThat(RestartPolicy.NEVER.startRetries()).isZero();
        assertThat(RestartPolicy.NEVER.givesUpAfter(1)).isTrue();
        assertThat(RestartPolicy.NEVER.startRetries(2).givesUpAfter(2)).isFalse();
    }

    @Test
    void theOtherSystemsPoliciesRunAtOnceAndAreNeverGivenUp() {
        assertThat(RestartPolicy.procmon())
                .isEqualTo(RestartPolicy.always()
                        .backoff(Backoff.exponential())
                        .startSeconds(Duration.ZERO)
                        .startRetries(-1));
        assertThat(RestartPolicy.processman())
                .isEqualTo(RestartPolicy.onFailure()
                        .backoff(Backoff.random())
                        .startSeconds(Duration.ZERO)
                        .startRetries(-1));
        assertThat(RestartPolicy.watchProcessAndRestart())
                .isEqualTo(RestartPolicy.untilExit(55)
                        .backoff(Backoff.fixed(Duration.ofMillis(500)))
                        .startSeconds(Duration.ZERO)
                        .startRetries(-1));
    }

    @Test
    void retriesAreWhatFollowsTheFirstStart() {
        RestartPolicy policy = RestartPolicy.always();

        assertThat(policy.givesUpAfter(3)).isFalse();
        assertThat(policy.givesUpAfter(4)).isTrue();
        assertThat(policy.startRetries(0).givesUpAfter(1)).isTrue();
        assertThat(policy.startRetries(0).givesUpAfter(0)).isFalse();
        assertThat(policy.unlimited().givesUpAfter(Integer.MAX_VALUE)).isFalse();
        assertThat(policy.startRetries(Integer.MAX_VALUE).givesUpAfter(Integer.MAX_VALUE))
                .isFalse();
    }

    @Test
    void eachPartCanBeChangedAlone() {
        RestartPolicy policy = RestartPolicy.untilExit(55)
                .backoff(Backoff.procmon13())
                .startSeconds(Duration.ofSeconds(2))
                .startRetries(7);

        assertThat(policy.mode()).isEqualTo(RestartMode.UNTIL_EXIT);
        assertThat(policy.exitCodes()).containsExactly(55);
        assertThat(policy.backoff()).isEqualTo(Backoff.procmon13());
        assertThat(policy.startSeconds()).isEqualTo(Duration.ofSeconds(2));
        assertThat(policy.startRetries()).isEqualTo(7);
        assertThat(policy.unlimited().startSeconds()).isEqualTo(Duration.ofSeconds(2));
        assertThat(policy.unlimited().backoff()).isEqualTo(Backoff.procmon13());
    }

    @Test
    void policiesAreEqualWhenAllOfThemIs() {
        RestartPolicy policy = RestartPolicy.untilExit(55, 0);

        assertThat(policy)
                .isEqualTo(RestartPolicy.untilExit(0, 55, 0))
                .hasSameHashCodeAs(RestartPolicy.untilExit(0, 55, 0))
                .isNotEqualTo(RestartPolicy.onListedExit(0, 55))
                .isNotEqualTo(RestartPolicy.untilExit(55))
                .isNotEqualTo(policy.backoff(Backoff.exponential()))
                .isNotEqualTo(policy.startSeconds(Duration.ZERO))
                .isNotEqualTo(policy.startRetries(4))
                .isNotEqualTo(null)
                .isNotEqualTo("UNTIL_EXIT(0, 55), 3 retries");
    }

    @Test
    void messagesNameTheModeItsCodesAndTheRetries() {
        assertThat(RestartPolicy.never()).hasToString("NEVER, 0 retries");
        assertThat(RestartPolicy.onFailure()).hasToString("ON_FAILURE, 3 retries");
        assertThat(RestartPolicy.always().startRetries(1)).hasToString("ALWAYS, 1 retry");
        assertThat(RestartPolicy.watchProcessAndRestart()).hasToString("UNTIL_EXIT(55), unlimited");
        assertThat(RestartPolicy.onListedExit(100, 9, 55)).hasToString("ON_LISTED_EXIT(9, 55, 100), 3 retries");
    }

    @ParameterizedTest
    @EnumSource(
            value = RestartMode.class,
            names = {"UNTIL_EXIT", "ON_LISTED_EXIT"})
    void whatMeansCodesNeedsSome(RestartMode mode) {
        assertThatThrownBy(() -> RestartPolicy.of(mode))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage(
                        "'restart.exitCodes' is empty, but " + mode + " needs codes; list at least one, such as 55");
    }

    @ParameterizedTest
    @EnumSource(
            value = RestartMode.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNTIL_EXIT", "ON_LISTED_EXIT"})
    void whatMeansNoCodesTakesNone(RestartMode mode) {
        assertThatThrownBy(() -> RestartPolicy.of(mode, 55))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'restart.exitCodes' is given, but " + mode + " has none;"
                        + " leave it out, or use UNTIL_EXIT or ON_LISTED_EXIT;"
                        + " what counts as a good end is 'expectedExitCodes'");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 256})
    void exitCodesAreBytes(int code) {
        assertThatThrownBy(() -> RestartPolicy.untilExit(55, code))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'restart.exitCodes' holds " + code + "; exit codes are 0 to 255");
        assertThatThrownBy(() -> RestartPolicy.codes("expectedExitCodes", code))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'expectedExitCodes' holds " + code + "; exit codes are 0 to 255");
        assertThat(RestartPolicy.untilExit(0, 255).exitCodes()).containsExactlyInAnyOrder(0, 255);
    }

    @Test
    void retriesAreNotNegativeButForUnlimited() {
        assertThatThrownBy(() -> RestartPolicy.always().startRetries(-2))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'restart.startRetries' is -2; give 0 or more, or -1 for no limit");
        assertThat(RestartPolicy.always().startRetries(RestartPolicy.UNLIMITED))
                .isEqualTo(RestartPolicy.always().unlimited());
    }

    @Test
    void startSecondsAreNotNegativeNorForEver() {
        assertThatThrownBy(() -> RestartPolicy.always().startSeconds(Duration.ofMillis(-1)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'restart.startSeconds' is PT-0.001S; give a duration between 0 and a year");
        assertThatThrownBy(() -> RestartPolicy.always().startSeconds(Duration.ofDays(366)))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("'restart.startSeconds' is PT8784H; give a duration between 0 and a year");
    }
}
