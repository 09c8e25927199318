@NullMarked
package dev.procession.os.linux;

import org.jspecify.annotations.NullMarked;
