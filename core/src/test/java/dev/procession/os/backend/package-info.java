@NullMarked
package dev.procession.os.backend;

import org.jspecify.annotations.NullMarked;
