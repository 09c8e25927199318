/** Readiness probes, and the waiter that races them against death and deadline. */
@NullMarked
package dev.procession.readiness;

import org.jspecify.annotations.NullMarked;
