package dev.procession.os;

/** Starts programs. Thread safe. */
public interface Spawner {

    /**
     * Starts a program and returns without waiting for anything it does.
     *
     * @return the child, already in a session of its own where the platform has sessions
     * @throws SpawnException if it could not be started; nothing is left of it then
     */
    Child spawn(SpawnRequest request) throws SpawnException;

    /**
     * The same, with a pipe as standard input; the request's own is not looked at.
     *
     * @throws SpawnException if it could not be started; nothing is left of it then
     */
    FedChild spawnFed(SpawnRequest request) throws SpawnException;
}
