package dev.procession;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.procession.launch.ConsoleLog;
import dev.procession.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArchitectureTest {

    private static final String ROOT = "dev.procession";

    /** From the top: each imports only from those before it. */
    private static final List<String> LAYERS =
            List.of("process", "os", "watch", "launch", "readiness", "cleanup", "supervise");

    private static final Pattern TABLE = Pattern.compile("\"/(proc|etc/passwd|etc/group)\\b|\\bTableText\\b");

    private static final Pattern LINES_OF_THE_JDK =
            Pattern.compile("\\blines\\(\\)|\\b(readAllLines|readLine|newBufferedReader)\\(|Files\\.lines");

    private static final JavaClasses CORE = new ClassFileImporter()
            .importUrl(ProcessId.class.getProtectionDomain().getCodeSource().getLocation());

    static IntStream layers() {
        return IntStream.range(0, LAYERS.size());
    }

    @ParameterizedTest
    @MethodSource("layers")
    void aLayerImportsOnlyFromThoseAboveIt(int layer) {
        String[] below = LAYERS.subList(layer + 1, LAYERS.size()).stream()
                .map(name -> ROOT + "." + name + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + LAYERS.get(layer) + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(below)
                .allowEmptyShould(true)
                .check(CORE);
    }

    @Test
    void everyPackageBelongsToALayer() {
        Set<String> layers = CORE.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.substring(ROOT.length() + 1).split("\\.")[0])
                .collect(Collectors.toSet());

        assertThat(LAYERS).containsAll(layers);
        assertThat(layers).contains("process", "os", "watch", "launch", "readiness", "cleanup", "supervise");
    }

    @Test
    void theInterfacesOfTheOperatingSystemKnowNoImplementation() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".os")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".os.linux..", ROOT + ".os.portable..", ROOT + ".os.backend..")
                .check(CORE);
    }

    @Test
    void theImplementationsOfTheOperatingSystemKnowNeitherEachOtherNorTheirChoice() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".os.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".os.portable..", ROOT + ".os.backend..")
                .check(CORE);
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".os.portable..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".os.linux..", ROOT + ".os.backend..")
                .check(CORE);
    }

    @Test
    void onlyTheChoiceKnowsTheImplementationsOfTheOperatingSystem() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".os..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".os.linux..", ROOT + ".os.portable..")
                .check(CORE);
    }

    @Test
    void noPackagesDependOnEachOtherInACircle() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void onlyTheLinuxPackageImportsJna() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".os.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(CORE);
    }

    @Test
    void coreDependsOnTheJdkJnaAndJSpecifyOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROOT + "..", "java..", "javax..", "com.sun.jna..", "org.jspecify.annotations")
                .check(CORE);
    }

    @Test
    void noStaticFieldCanBeReplaced() {
        fields().that().areStatic().should().beFinal().check(CORE);
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<JavaPackage> packages = CORE.stream().map(JavaClass::getPackage).collect(Collectors.toSet());

        assertThat(packages)
                .isNotEmpty()
                .allSatisfy(javaPackage -> assertThat(javaPackage.isAnnotatedWith(NullMarked.class))
                        .as(javaPackage.getName())
                        .isTrue());
    }

    @Test
    void nothingIsWrittenToTheConsoleButWhatTheUserAskedFor() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(ConsoleLog.class)
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(CORE);
    }

    @Test
    void everyThreadHasAName() {
        noClasses()
                .should()
                .callConstructorWhere(describe(
                        "a thread is made without a name",
                        call -> call.getTargetOwner().isEquivalentTo(Thread.class)
                                && call.getTarget().getRawParameterTypes().stream()
                                        .noneMatch(type -> type.isEquivalentTo(String.class))))
                .check(CORE);
    }

    @Test
    void everyThreadButAShutdownHookIsADaemon() {
        assertThat(CORE)
                .allSatisfy(javaClass -> assertThat(callsOf(javaClass, Thread.class, "<init>"))
                        .as("threads that " + javaClass.getName() + " makes")
                        .isLessThanOrEqualTo(callsOf(javaClass, Thread.class, "setDaemon")
                                + callsOf(javaClass, Runtime.class, "addShutdownHook")));
    }

    /** A row of a table ends at a newline; the JDK ends lines at a carriage return, too, which a name in it may hold. */
    @Test
    void whoReadsTablesOfTheSystemSplitsThemAtNewlinesOnly() throws IOException {
        List<Path> readers = new ArrayList<>();
        List<Path> mistaken = new ArrayList<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            for (Path file : sources.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                if (TABLE.matcher(text).find()) {
                    readers.add(file);
                    if (LINES_OF_THE_JDK.matcher(text).find()) {
                        mistaken.add(file);
                    }
                }
            }
        }
        assertThat(readers).hasSizeGreaterThan(5);
        assertThat(mistaken).isEmpty();
    }

    private static long callsOf(JavaClass caller, Class<?> owner, String name) {
        return caller.getCodeUnitCallsFromSelf().stream()
                .filter(call -> call.getTargetOwner().isEquivalentTo(owner)
                        && call.getName().equals(name))
                .count();
    }
}
