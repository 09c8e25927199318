@NullMarked
package dev.procession.cleanup;

import org.jspecify.annotations.NullMarked;
