/**
 * Assertions about processes for AssertJ, which this package alone needs; it has to be on the class path or module path
 * of whoever uses it. Begin with {@link dev.procession.assertj.ProcessAssertions}.
 */
@NullMarked
package dev.procession.assertj;

import org.jspecify.annotations.NullMarked;
