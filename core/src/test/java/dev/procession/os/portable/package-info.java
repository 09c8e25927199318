@NullMarked
package dev.procession.os.portable;

import org.jspecify.annotations.NullMarked;
