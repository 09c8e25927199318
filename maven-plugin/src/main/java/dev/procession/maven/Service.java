package dev.procession.maven;

import dev.procession.launch.ProcessSpec;

/**
 * A service of a pom.
 *
 * @param spec what is to run
 * @param portProperty the Maven property that is given the main port, besides its own; empty for none. Not that of the
 *     description, which is a system property: those are shared by all modules that are built at the same time
 */
record Service(ProcessSpec spec, String portProperty) {}
