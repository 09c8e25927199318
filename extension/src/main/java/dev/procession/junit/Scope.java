package dev.procession.junit;

/** How long a process of a test lives, and who shares it. */
public enum Scope {

    /** By its place: {@link #CLASS} on a class or static field, {@link #TEST} on an instance field, method or parameter. */
    AUTO,

    /** Started before the first test of the class, stopped after the last. {@code @Nested} classes share it. */
    CLASS,

    /** Started before each test, before its {@code @BeforeEach} methods, and stopped after it. */
    TEST,

    /**
     * Started by its first user and stopped at the end of the test run: once in each JVM that runs tests, whatever classes
     * use it at the same time. Each of them declares it, in the same words: by an annotation of one's own, or in a base
     * class.
     */
    RUN
}
