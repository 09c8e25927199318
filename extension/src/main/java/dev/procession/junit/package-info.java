/**
 * Real processes as JUnit Jupiter fixtures: annotations, injection and the extension behind them.
 *
 * <h2>Configuration parameters</h2>
 *
 * For a whole test run, by {@code junit-platform.properties}, the launcher or system properties, as JUnit reads them. A
 * wrong value is an error before anything is started.
 *
 * <table>
 * <caption>Parameters and their defaults</caption>
 * <tr><th>name<th>default<th>meaning
 * <tr><td>{@code procession.folder}<td>{@code target/procession}
 *     <td>the folder of all folders and logs, from the directory the JVM was started in
 * <tr><td>{@code procession.ready.timeout}<td>{@code 60s}
 *     <td>the startup timeout of annotations whose {@link dev.procession.junit.Ready#timeout()} says nothing
 * <tr><td>{@code procession.stop.gracePeriod}<td>{@code 10s}
 *     <td>the grace period of annotations whose {@link dev.procession.junit.Stop#gracePeriod()} says nothing
 * <tr><td>{@code procession.stragglers}<td>{@code kill}
 *     <td>what becomes of what a process leaves behind: {@code fail}, {@code kill} or {@code ignore}, see
 * {@link dev.procession.supervise.StragglerPolicy}
 * <tr><td>{@code procession.keepRunningOnFailure}<td>{@code 0s}
 *     <td>for debugging: for how long at most the run waits where a test or class has failed, before its processes are
 *     stopped. The console says what runs, and which file to remove to go on. Not after a failed start
 * <tr><td>{@code procession.run.since}<td>the start of this JVM
 *     <td>from when on a process is fresh for {@link dev.procession.junit.WaitForStart}: the start of the build, in ticks of
 * 10 ms since that of the machine. A build that starts services before it starts this JVM hands it over
 * </table>
 *
 * <p>{@code procession.backend} belongs to the JVM, not to the run: a system property only.
 */
@NullMarked
package dev.procession.junit;

import org.jspecify.annotations.NullMarked;
