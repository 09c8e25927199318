/** What can be expected of a process, in the words of a failure: for assertions and conditions alike. Not exported. */
@NullMarked
package dev.procession.expect;

import org.jspecify.annotations.NullMarked;
