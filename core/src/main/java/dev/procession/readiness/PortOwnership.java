package dev.procession.readiness;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;

/** Tells whose listeners a probe has reached. Thread safe. */
@FunctionalInterface
public interface PortOwnership {

    /**
     * What speaks against taking the listeners on a port of this machine for ours. Every one that a connection to one of
     * the addresses can reach has to be.
     *
     * @param probed the addresses that are tried
     * @return who listens there and is not one of us; empty if nothing speaks against it
     */
    Optional<Objection> objection(Collection<InetAddress> probed, int port);
}
