/**
 * The only door to the operating system: one interface per capability. {@code os.linux} and {@code os.portable}
 * implement them, {@code os.backend} chooses by trying.
 */
@NullMarked
package dev.procession.os;

import org.jspecify.annotations.NullMarked;
