package dev.procession.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.launch.ProcessSpec;
import dev.procession.process.InvalidSpecException;
import dev.procession.testkit.Await;
import dev.procession.testkit.Backends;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DependenciesTest {

    private static final int MANY = 50_000;

    /** Doubled with each, the ways from the last to the first would be more than anybody can go. */
    private static final int LAYERS = 32;

    private static final String CIRCLE = IntStream.range(0, MANY)
            .mapToObj(i -> "n" + i + " -> ")
            .collect(Collectors.joining("", "leads back to where it began: ", "n0"));

    private static ProcessSpec spec(int number, int... needed) {
        return ProcessSpec.command("true")
                .name("n" + number)
                .dependsOn(IntStream.of(needed).mapToObj(one -> "n" + one).toArray(String[]::new))
                .build();
    }

    private static List<ProcessSpec> chain() {
        List<ProcessSpec> chain = new ArrayList<>();
        for (int i = 1; i < MANY; i++) {
            chain.add(spec(i - 1, i));
        }
        return chain;
    }

    @Test
    void aChainIsLongerThanAStackIsDeep() {
        List<ProcessSpec> chain = chain();
        chain.add(spec(MANY - 1));

        assertThatCode(() -> Dependencies.check(chain, List.of())).doesNotThrowAnyException();
    }

    @Test
    void aRingIsLongerThanAStackIsDeep() {
        List<ProcessSpec> ring = chain();
        ring.add(spec(MANY - 1, 0));

        assertThatThrownBy(() -> Dependencies.check(ring, List.of()))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("ProcessSpec 'n0': 'dependsOn' " + CIRCLE.substring(0, 2_000) + "…; take one of these out");
    }

    @Test
    void aRingBehindAChainIsShownWithoutThat() {
        List<ProcessSpec> specs = List.of(spec(0, 1), spec(1, 2, 3), spec(2), spec(3, 2, 4), spec(4, 1));

        assertThatThrownBy(() -> Dependencies.check(specs, List.of()))
                .isExactlyInstanceOf(InvalidSpecException.class)
                .hasMessage("ProcessSpec 'n1': 'dependsOn' leads back to where it began: n1 -> n3 -> n4 -> n1;"
                        + " take one of these out");
    }

    /** How long a start may take is asked of all that it needs, of each once. */
    @Test
    void whatManyNeedIsCountedOnce(@TempDir Path folder) {
        List<ProcessSpec> layers = new ArrayList<>();
        for (int i = 0; i < LAYERS; i++) {
            for (String side : List.of("a", "b")) {
                ProcessSpec.Builder spec = Stage.script(side + i, "echo ready; exec sleep 1000");
                layers.add((i == 0 ? spec : spec.dependsOn("a" + (i - 1), "b" + (i - 1))).build());
            }
        }
        ProcessSpec top = Stage.script("top", "echo ready; exec sleep 1000")
                .dependsOn("a" + (LAYERS - 1), "b" + (LAYERS - 1))
                .autostart(false)
                .build();
        try (Supervisor supervisor =
                Supervisor.builder().folder(folder).base(folder).build(Backends.nativeOne())) {
            supervisor.startAll(layers);
            supervisor.add(top);

            List<ProcessResult> results = Await.result(Await.async(() -> supervisor.start("top")));

            assertThat(results).containsExactly(ProcessResult.succeeded("top", "top"));
        }
    }
}
