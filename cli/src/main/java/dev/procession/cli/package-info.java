/** The command line: each command is one class over core; {@code Main} puts them together. */
@NullMarked
package dev.procession.cli;

import org.jspecify.annotations.NullMarked;
