@NullMarked
package dev.procession.supervise;

import org.jspecify.annotations.NullMarked;
