/** What the tests share. */
@NullMarked
package dev.procession.testkit;

import org.jspecify.annotations.NullMarked;
