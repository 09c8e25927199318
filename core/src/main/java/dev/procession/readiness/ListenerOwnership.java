package dev.procession.readiness;

/** Tells whose listeners the probes of one wait have reached, on ports and in the file system. Thread safe. */
public interface ListenerOwnership extends PortOwnership, SocketOwnership {}
