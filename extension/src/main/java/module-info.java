/** Real processes as JUnit Jupiter fixtures. */
module dev.procession.junit {
    requires transitive dev.procession.core;
    requires transitive org.junit.jupiter.api;
    requires static awaitility;
    requires static org.assertj.core;
    requires static org.jspecify;

    exports dev.procession.assertj;
    exports dev.procession.awaitility;
    exports dev.procession.junit;
}
