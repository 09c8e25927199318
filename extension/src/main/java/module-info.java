/** Real processes as JUnit Jupiter fixtures. */
module dev.procession.junit {
    requires transitive dev.procession.core;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports dev.procession.junit;
}
