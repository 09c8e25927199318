/** The choice between the implementations, capability by capability. */
@NullMarked
package dev.procession.os.backend;

import org.jspecify.annotations.NullMarked;
