/** The Maven plugin: services around the integration tests of a build. Thin over {@code dev.procession.supervise}. */
@NullMarked
package dev.procession.maven;

import org.jspecify.annotations.NullMarked;
