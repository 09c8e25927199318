package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ResolvedModule;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** AssertJ and Awaitility are for those who have them. */
class OptionalDependenciesTest {

    private static final List<String> OPTIONAL = List.of("assertj-", "awaitility-", "hamcrest-", "byte-buddy-");

    private static final JavaClasses EXTENSION = new ClassFileImporter()
            .importUrl(
                    ManagedProcess.class.getProtectionDomain().getCodeSource().getLocation());

    /** Runs {@link Bare} in a JVM that has neither, and says how that went. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) {
            for (String name : List.of("org.assertj.core.api.Assertions", "org.awaitility.Awaitility")) {
                try {
                    Class.forName(name);
                    System.out.println(name + " is there");
                } catch (ClassNotFoundException e) {
                    System.out.println(name + " is not there");
                }
            }
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create()
                    .execute(request().selectors(selectClass(Bare.class)).build(), listener);
            listener.getSummary()
                    .getFailures()
                    .forEach(failure -> failure.getException().printStackTrace(System.out));
            System.out.println(listener.getSummary().getTestsSucceededCount() + " passed");
        }
    }

    @Test
    void withoutThem_testsRun(@TempDir Path folder) throws Exception {
        String classPath =
                classPath().filter(entry -> !isOptional(entry)).collect(Collectors.joining(File.pathSeparator));
        try (Fork fork = Fork.start(
                folder,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath,
                        Main.class.getName()))) {

            assertThat(fork.exitCode()).as(fork::output).isZero();
            assertThat(fork.output().lines())
                    .containsExactly(
                            "org.assertj.core.api.Assertions is not there",
                            "org.awaitility.Awaitility is not there",
                            "the test was run",
                            "1 passed");
        }
    }

    @Test
    void withoutThem_theModuleIsResolved() {
        ModuleFinder modules = ModuleFinder.of(classPath()
                .filter(entry -> !isOptional(entry) && !entry.endsWith("test-classes"))
                .map(Path::of)
                .toArray(Path[]::new));

        Configuration resolved =
                ModuleLayer.boot().configuration().resolve(modules, ModuleFinder.of(), Set.of("dev.procession.junit"));

        assertThat(resolved.modules())
                .extracting(ResolvedModule::name)
                .contains("dev.procession.junit", "dev.procession.core", "org.junit.jupiter.api")
                .doesNotContain("org.assertj.core", "awaitility");
    }

    @Test
    void onlyTheirPackagesKnowThem() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage("dev.procession.assertj..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.assertj..")
                .check(EXTENSION);
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage("dev.procession.awaitility..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.awaitility..", "org.hamcrest..")
                .check(EXTENSION);
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage("dev.procession.junit..", "dev.procession.expect..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.procession.assertj..", "dev.procession.awaitility..")
                .check(EXTENSION);
    }

    private static Stream<String> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    private static boolean isOptional(String entry) {
        return OPTIONAL.stream().anyMatch(Path.of(entry).getFileName().toString()::startsWith);
    }
}
