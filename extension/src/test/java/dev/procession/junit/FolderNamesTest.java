package dev.procession.junit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderNamesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [engine:junit-jupiter]/[class:com.example.CacheIT] | CacheIT
            [engine:junit-jupiter]/[class:CacheIT] | CacheIT
            [engine:junit-jupiter]/[class:com.example.Outer$Static] | Outer.Static
            [engine:junit-jupiter]/[class:com.example.CacheIT]/[nested-class:Inner] | CacheIT.Inner
            [engine:junit-jupiter]/[class:com.example.CacheIT]/[nested-class:Inner]/[nested-class:Deep] | CacheIT.Inner.Deep
            [engine:junit-jupiter]/[class-template:com.example.CacheIT]/[class-template-invocation:#2] | CacheIT-2
            [engine:junit-platform-suite]/[suite:x.Suite]/[engine:junit-jupiter]/[class:com.example.CacheIT] | CacheIT
            """)
    void aClassIsCalledByTheWayToIt(String uniqueId, String name) {
        assertThat(FolderNames.ofClass(uniqueId, false)).isEqualTo(name);
    }

    @Test
    void whereTheNameIsTakenThePackageStandsBeforeIt() {
        assertThat(FolderNames.ofClass("[engine:junit-jupiter]/[class:com.example.CacheIT]/[nested-class:Inner]", true))
                .isEqualTo("com.example.CacheIT.Inner");
    }

    @Test
    void aTestIsCalledByItsMethodAndTheNumberOfTheInvocation() {
        assertThat(FolderNames.ofTest("reads", "[class:CacheIT]/[method:reads()]"))
                .isEqualTo("reads");
        assertThat(FolderNames.ofTest(
                        "reads", "[class:CacheIT]/[test-template:reads()]/[test-template-invocation:#12]"))
                .isEqualTo("reads-12");
    }

    @Test
    void whatNoFolderCanBeCalledIsReplaced() {
        String slash = FolderNames.writable("a/b");
        String longName = FolderNames.writable("x".repeat(300));

        assertThat(slash).matches("a_b~[0-9a-f]+");
        assertThat(longName).matches("x+~[0-9a-f]+").hasSizeLessThanOrEqualTo(180);
        assertThat(FolderNames.writable("y".repeat(300))).isNotEqualTo(longName);
        assertThat(FolderNames.writable("plain name (of Kotlin)")).isEqualTo("plain name (of Kotlin)");
    }
}
