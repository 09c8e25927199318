package dev.procession.readiness;

/** Tells whose it is that the probes of one wait have seen: listeners on ports and in the file system, and files. */
public interface Ownership extends PortOwnership, SocketOwnership, FileOwnership {}
