package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamespecTest {

    @ParameterizedTest
    @CsvSource({
        "web, web, web",
        "shop:web, shop, web",
        "shop:*, shop, ",
        "shop:, shop, ",
        "web:web, web, web",
        ":web, '', web",
        ":, '', ",
        "'', '', ''",
        "*, *, *",
        "shop:a:b, shop, a:b"
    })
    void parse_text_isGroupAndName(String text, String group, String name) {
        Namespec namespec = Namespec.parse(text);

        assertThat(namespec).isEqualTo(new Namespec(group, Optional.ofNullable(name)));
        assertThat(namespec.isOfWholeGroup()).isEqualTo(name == null);
    }

    @ParameterizedTest
    @CsvSource({"web, web, web", "shop, web, shop:web"})
    void of_groupAndName_isAsShortAsCanBe(String group, String name, String text) {
        assertThat(Namespec.of(group, name)).isEqualTo(text);
        assertThat(Namespec.parse(text)).isEqualTo(new Namespec(group, Optional.of(name)));
    }
}
