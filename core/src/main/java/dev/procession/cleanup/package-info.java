/** Whose is it, and how it is made to end. */
@NullMarked
package dev.procession.cleanup;

import org.jspecify.annotations.NullMarked;
