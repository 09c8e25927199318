package dev.procession.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StepMarksTest {

    /** What expressions are made of, by chance; what is frequent in them more than once. */
    private static final String[] PARTS =
            ("a b a b 1 A . \uD83D\uDE00 [ab] [^a] [ ] && - { } # _ \n .* a? () (a?) (|a) ( ( (?: (?= (?!"
                            + " (?<= (?<! (?> (?<n> (?i: (?x: (?-x: (?i) (?x) (?s) ) ) ) ) | | ? * + ? + {0} {2} {0,2} {1,3} {2,}"
                            + " ^ $ \\b \\B \\A \\z \\Z \\G \\b{g} \\1 \\2 \\11 \\k<n> \\] \\[ \\( \\) \\\\ \\| \\Q \\E \\Qa\\E"
                            + " \\Q|)\\E \\d \\x61 \\x{61} \\u0061 \\uD83D\\uDE00 \\pL \\p{L} \\061 \\c( \\R \\X")
                    .split(" ");

    private static final String[] TEXTS = {
        "", "a", "aabbab", "A b1", "ba\n", "a|)(b#", "bbab\uD83D\uDE00aab", "aaaaaaaabbbbbbbb"
    };

    private static final int[] FLAGS = {0, 0, Pattern.COMMENTS, Pattern.MULTILINE, Pattern.CASE_INSENSITIVE};

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "(?:^){9},(?:^(?=)){9}",
                "^{9},(?:^(?=)){9}",
                "a{2}{9},a{2}(?:(?=)){9}",
                "(?!a)*,(?:(?!a)(?=))*",
                "(a?)+,(a?(?=))+",
                "(|a),((?=)|a)",
                "(b|a?)?,(b|a?(?=))?",
                "(?<=^a),(?<=(?=)^a)",
                "(a)\\11{9},(a)\\11{9}",
                "()\\1{9},()(?:\\1(?=)){9}",
                "(?x)(a?) {9},(?x)(a?(?=)) {9}",
            })
    void whatMayGoOnWithoutReadingIsMarked(String regex, String marked) {
        assertThat(StepMarks.in(Pattern.compile(regex)).pattern()).isEqualTo(marked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ready",
                ".*Server.*ready.*",
                "^(a|b)*c",
                "(x+x+)+y",
                "(?i)started in (?<ms>\\d+)\\s*ms|up(?i:!)?",
                "[]^$](\\Q|?\\E)+",
                "(?:\\x41\\pL\\012\\cA)*",
                "a(?i)(b?)+",
                "(a?)+\\b{g}"
            })
    void whatReadsEachTimeOrWouldNotBeTheSameIsNot(String regex) {
        Pattern pattern = Pattern.compile(regex);

        assertThat(StepMarks.in(pattern)).isSameAs(pattern);
    }

    @Test
    void whatIsFoundStaysTheSame() {
        Random random = new Random(20_240_611);
        int marked = 0;
        for (int i = 0; i < 200_000; i++) {
            Pattern pattern = any(random);
            Pattern other = pattern == null ? null : StepMarks.in(pattern);
            if (pattern != null && other != pattern) {
                marked++;
                for (String text : TEXTS) {
                    assertThat(found(other, text))
                            .as("/%s/ with the flags %d, as /%s/ in \"%s\"", pattern, pattern.flags(), other, text)
                            .isEqualTo(found(pattern, text));
                }
            }
        }
        assertThat(marked).isGreaterThan(5_000);
    }

    private static Pattern any(Random random) {
        StringBuilder regex = new StringBuilder();
        for (int length = 1 + random.nextInt(9); length > 0; length--) {
            regex.append(PARTS[random.nextInt(PARTS.length)].replace('_', ' '));
        }
        try {
            return Pattern.compile(regex.toString(), FLAGS[random.nextInt(FLAGS.length)]);
        } catch (PatternSyntaxException e) {
            return null;
        }
    }

    private static List<String> found(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        pattern.matcher(text).useTransparentBounds(true).results().limit(5).forEach(match -> found.add(groups(match)));
        return found;
    }

    private static String groups(MatchResult match) {
        StringBuilder groups = new StringBuilder();
        for (int group = 0; group <= match.groupCount(); group++) {
            groups.append(match.start(group))
                    .append('-')
                    .append(match.end(group))
                    .append(' ');
        }
        return groups.toString();
    }
}
