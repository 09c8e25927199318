package dev.procession.junit;

/** From when on a process counts as fresh; see {@link WaitForStart#since()}. */
public enum Since {
    /**
     * Since the build was started that has started services for the tests: the configuration parameter
     * {@code procession.run.since} says when. Without it, since this JVM was started.
     */
    RUN,
    /** Since the test began or, where the annotation is on a class, the class. */
    TEST
}
