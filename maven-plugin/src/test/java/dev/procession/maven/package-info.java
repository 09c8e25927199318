@NullMarked
package dev.procession.maven;

import org.jspecify.annotations.NullMarked;
