/** Waits for processes that somebody else starts and ends; the files that hold their pids. */
@NullMarked
package dev.procession.watch;

import org.jspecify.annotations.NullMarked;
