/** From a description to a running child: specs, placeholders, command resolution, port leases, folders, logs. */
@NullMarked
package dev.procession.launch;

import org.jspecify.annotations.NullMarked;
