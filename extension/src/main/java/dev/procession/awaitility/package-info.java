/**
 * Conditions about processes for Awaitility, which this package alone needs; it has to be on the class path or module
 * path of whoever uses it. Begin with {@link dev.procession.awaitility.ProcessionAwait}.
 */
@NullMarked
package dev.procession.awaitility;

import org.jspecify.annotations.NullMarked;
