package dev.procession.junit;

/** When stragglers are ended; see {@link KillStragglers#when()}. */
public enum When {
    /** Before the test or class, before anything of it is started. */
    BEFORE,
    /** After it, when everything of it has been stopped. */
    AFTER,
    /** Both. */
    BOTH
}
