package dev.procession.os;

/**
 * The capabilities of this machine. Immutable and thread safe.
 *
 * @param processes what is running
 * @param spawner starts programs
 * @param signaller sends signals by identity
 * @param deaths notices the end of any process
 * @param files notices writes to files
 * @param sockets who listens where, and where one could
 * @param cut takes the beginning of files away
 * @param folders makes files in folders that another user can change
 * @param environment the variables of this JVM
 * @param description which implementation serves each capability, for logs
 */
public record OperatingSystem(
        ProcessTable processes,
        Spawner spawner,
        Signaller signaller,
        DeathWatch deaths,
        FileWatch files,
        Sockets sockets,
        FileCut cut,
        SharedFolders folders,
        OwnEnvironment environment,
        String description) {

    /**
     * One that cannot {@linkplain FileCut cut} files; by the JDK alone it makes those for other users and knows its variables.
     */
    public OperatingSystem(
            ProcessTable processes,
            Spawner spawner,
            Signaller signaller,
            DeathWatch deaths,
            FileWatch files,
            Sockets sockets,
            String description) {
        this(
                processes,
                spawner,
                signaller,
                deaths,
                files,
                sockets,
                FileCut.NONE,
                SharedFolders.BY_JDK,
                OwnEnvironment.BY_JDK,
                description);
    }
}
