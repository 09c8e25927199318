/** The words of the library: identities, signals, exit statuses, rows of the process table, errors. */
@NullMarked
package dev.procession.process;

import org.jspecify.annotations.NullMarked;
