package dev.procession.cleanup;

/** What shows that a process belongs to a tree; the first that was seen of it counts. */
public enum Sign {
    /** It is the one that was started. */
    ROOT("it is the process that was started"),
    /** It is in the session that the root leads. */
    SESSION("it is in the session of %s"),
    /** It is in the process group that the root leads. */
    GROUP("it is in the process group of %s"),
    /** A member is its parent, or the parent of its parent, and so on; or was, when it was first seen. */
    DESCENT("it descends from %s"),
    /** The cookie of the root stands in its environment. */
    COOKIE("it carries the cookie of %s"),
    /** A child of ours that was started beside the root, with whatever environment. */
    BESIDE("it was run beside %s"),
    /** An orphan that works in a folder which is the root's own. */
    DIRECTORY("it works in a folder of %s"),
    /** An orphan whose output goes to a file in a folder which is the root's own, such as its log. */
    OUTPUT("it writes its output to a file in a folder of %s"),
    /** An orphan that listens on a port which was leased for the root. */
    PORT("it listens on a port that was leased for %s");

    private final String text;

    Sign(String text) {
        this.text = text;
    }

    /** For messages: why a process is taken for one of another's. */
    public String describe(String owner) {
        return String.format(text, owner);
    }
}
