package dev.procession.os;

/**
 * A child whose standard input is a pipe. No other process has the pipe's writing end: when this JVM goes, however it
 * goes, the child gets to the end of its input.
 *
 * @param child the child
 * @param feed its standard input
 */
public record FedChild(Child child, Feed feed) {}
