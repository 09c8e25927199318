package dev.procession.maven;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A project for a build of a test. Its packaging is pom, so that nothing happens but what it says. For one thread. */
final class Pom {

    private String artifact;
    private final StringBuilder head = new StringBuilder();
    private final StringBuilder configuration = new StringBuilder();
    private final StringBuilder executions = new StringBuilder();
    private final StringBuilder plugins = new StringBuilder();
    private final List<String> modules = new ArrayList<>();
    private boolean tested;

    Pom(String artifact) {
        this.artifact = artifact;
    }

    /** A service that listens on its main port. */
    static String server(String name, String... more) {
        return service(
                name,
                "<command>@{java} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp " + classes() + " "
                        + TinyServer.class.getName() + " @{port}</command>",
                more);
    }

    /** A service that does nothing, together with a child that does nothing. */
    static String sleeper(String name, String... more) {
        return service(name, """
                <arguments>
                  <argument>sh</argument><argument>-c</argument>
                  <argument>sleep 1000 &amp; echo here; exec sleep 1000</argument>
                </arguments>
                <ready><log>here</log></ready>
                """, more);
    }

    static String service(String name, String command, String... more) {
        return "<service><name>" + name + "</name>" + command + String.join("", more) + "</service>\n";
    }

    /** Where the classes of the tests are. */
    static Path classes() {
        try {
            return Path.of(Pom.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Pom named(String name) {
        artifact = name;
        return this;
    }

    Pom modules(String... names) {
        modules.addAll(List.of(names));
        return this;
    }

    Pom properties(String xml) {
        head.append("<properties>").append(xml).append("</properties>\n");
        return this;
    }

    /** Anything in the configuration of the plugin. */
    Pom configuration(String xml) {
        configuration.append(xml);
        return this;
    }

    Pom services(String... services) {
        return configuration("<services>\n" + String.join("", services) + "</services>\n");
    }

    Pom start() {
        return execution("start", "start", "");
    }

    Pom stop() {
        return execution("stop", "stop", "");
    }

    Pom execution(String id, String goal, String xml) {
        executions.append("""
                <execution>
                  <id>%s</id>
                  <goals><goal>%s</goal></goals>
                  <configuration>%s</configuration>
                </execution>
                """.formatted(id, goal, xml));
        return this;
    }

    /** Runs an integration test between start and stop, and looks at its result after that. */
    Pom tested(String systemProperties) {
        tested = true;
        plugins.append("""
                <plugin>
                  <groupId>org.apache.maven.plugins</groupId>
                  <artifactId>maven-failsafe-plugin</artifactId>
                  <version>%s</version>
                  <configuration>
                    <includes><include>**/TalksToService.java</include></includes>
                    <argLine>-XX:TieredStopAtLevel=1 -XX:+UseSerialGC</argLine>
                    <systemPropertyVariables>%s</systemPropertyVariables>
                  </configuration>
                  <executions>
                    <execution><goals><goal>integration-test</goal><goal>verify</goal></goals></execution>
                  </executions>
                </plugin>
                """.formatted(System.getProperty("build.surefire.version"), systemProperties));
        head.append("""
                <dependencies>
                  <dependency>
                    <groupId>org.junit.jupiter</groupId>
                    <artifactId>junit-jupiter</artifactId>
                    <version>%s</version>
                    <scope>test</scope>
                  </dependency>
                </dependencies>
                """.formatted(System.getProperty("build.junit.version")));
        return this;
    }

    /** Another plugin fails between start and stop. */
    Pom failing() {
        plugins.append("""
                <plugin>
                  <groupId>org.apache.maven.plugins</groupId>
                  <artifactId>maven-enforcer-plugin</artifactId>
                  <version>3.7.0</version>
                  <executions>
                    <execution>
                      <phase>integration-test</phase>
                      <goals><goal>enforce</goal></goals>
                      <configuration>
                        <rules><alwaysFail><message>failed on purpose</message></alwaysFail></rules>
                      </configuration>
                    </execution>
                  </executions>
                </plugin>
                """);
        return this;
    }

    /** Writes it into a folder, which is made. */
    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        StringBuilder xml = new StringBuilder("""
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>com.example</groupId>
                  <artifactId>%s</artifactId>
                  <version>1</version>
                  <packaging>pom</packaging>
                """.formatted(artifact));
        if (!modules.isEmpty()) {
            xml.append("<modules>");
            modules.forEach(module -> xml.append("<module>").append(module).append("</module>"));
            xml.append("</modules>\n");
        }
        xml.append(head).append("<build><plugins>\n");
        xml.append("""
                <plugin>
                  <groupId>dev.procession</groupId>
                  <artifactId>procession-maven-plugin</artifactId>
                  <version>0.1.0-SNAPSHOT</version>
                  <configuration>%s</configuration>
                  <executions>%s</executions>
                </plugin>
                """.formatted(configuration, executions));
        xml.append(plugins).append("</plugins></build>\n</project>\n");
        Files.writeString(folder.resolve("pom.xml"), xml);
        if (tested) {
            String name = TalksToService.class.getName().replace('.', '/') + ".class";
            Path target = folder.resolve("target/test-classes").resolve(name);
            Files.createDirectories(target.getParent());
            try (InputStream in = TalksToService.class.getClassLoader().getResourceAsStream(name)) {
                Files.copy(in, target);
            }
        }
        return folder;
    }
}
