/** Real processes as JUnit Jupiter fixtures: annotations, injection and the extension behind them. */
@NullMarked
package dev.procession.junit;

import org.jspecify.annotations.NullMarked;
