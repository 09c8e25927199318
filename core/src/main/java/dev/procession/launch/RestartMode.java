package dev.procession.launch;

import dev.procession.process.ExitStatus;
import java.util.Set;

/** After which ends a process is started again. */
public enum RestartMode {
    /** After none, as supervisord's {@code autorestart=false}. */
    NEVER {
        @Override
        boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed) {
            return false;
        }
    },

    /** Unless its exit code is an expected one, as supervisord's {@code autorestart=unexpected}. A signal never is. */
    UNEXPECTED {
        @Override
        boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed) {
            return !isIn(status, expected);
        }
    },

    /** Unless it ended with code 0, whatever is expected, as processman. */
    ON_FAILURE {
        @Override
        boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed) {
            return !status.isSuccess();
        }
    },

    /** After every end, as procmon, and as supervisord's {@code autorestart=true}. */
    ALWAYS {
        @Override
        boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed) {
            return true;
        }
    },

    /** Until it ends with one of the listed codes, as {@code watchProcessAndRestart} does until 55. */
    UNTIL_EXIT {
        @Override
        boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed) {
            return !isIn(status, listed);
        }
    },

    /** Only if it ended with one of the listed codes, as Perl's Supervisor. */
    ON_LISTED_EXIT {
        @Override
        boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed) {
            return isIn(status, listed);
        }
    };

    abstract boolean restartsAfter(ExitStatus status, Set<Integer> expected, Set<Integer> listed);

    /** Whether it means exit codes of its own. */
    boolean listsCodes() {
        return this == UNTIL_EXIT || this == ON_LISTED_EXIT;
    }

    private static boolean isIn(ExitStatus status, Set<Integer> codes) {
        return status instanceof ExitStatus.Code code && codes.contains(code.value());
    }
}
