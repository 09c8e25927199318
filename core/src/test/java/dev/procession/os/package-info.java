@NullMarked
package dev.procession.os;

import org.jspecify.annotations.NullMarked;
