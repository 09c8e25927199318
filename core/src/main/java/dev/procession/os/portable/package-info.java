/** What every platform with a JDK can do. */
@NullMarked
package dev.procession.os.portable;

import org.jspecify.annotations.NullMarked;
