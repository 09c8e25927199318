/** Supervised processes and the supervisor that owns them. */
@NullMarked
package dev.procession.supervise;

import org.jspecify.annotations.NullMarked;
