package dev.procession.supervise;

/**
 * What becomes of stragglers: of what a process has started and left behind when it ended by itself, what its stop scope
 * spares, and what the signals of its stop do not end. What ends by those signals is none.
 */
public enum StragglerPolicy {

    /** They are ended, and whoever stops the process or closes its supervisor gets an exception that names them. */
    FAIL,

    /** They are ended, each with a line in the log. The default. */
    KILL,

    /**
     * What a process has left by itself, or its stop scope has spared, is left alone without a word, until the JVM ends.
     * What does not obey the signals of a stop with the scope TREE or GROUP is killed.
     */
    IGNORE
}
