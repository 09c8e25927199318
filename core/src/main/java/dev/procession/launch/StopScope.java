package dev.procession.launch;

/** Who is made to end when a process is stopped. */
public enum StopScope {
    /** The stop signal goes to the process; when it has ended, whatever is left of its tree is ended too. */
    TREE,
    /** The stop signal goes to every member of its process group; what is left of the tree is ended too. */
    GROUP,
    /** Only the process itself; what survives it is a straggler, ended when the supervisor closes. */
    PROCESS
}
