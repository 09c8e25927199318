/** Linux through JNA and /proc. The only importer of JNA. */
@NullMarked
package dev.procession.os.linux;

import org.jspecify.annotations.NullMarked;
