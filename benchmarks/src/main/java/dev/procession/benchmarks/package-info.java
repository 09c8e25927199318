/** Programs that measure Procession beside what else there is, to look at. */
@NullMarked
package dev.procession.benchmarks;

import org.jspecify.annotations.NullMarked;
