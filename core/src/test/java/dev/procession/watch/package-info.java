@NullMarked
package dev.procession.watch;

import org.jspecify.annotations.NullMarked;
