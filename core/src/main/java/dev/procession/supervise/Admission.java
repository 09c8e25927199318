package dev.procession.supervise;

import dev.procession.launch.Allocation;
import dev.procession.launch.Launch;
import dev.procession.launch.ProcessSpec;
import dev.procession.launch.RestartPolicy;
import dev.procession.launch.RunCookie;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.readiness.ReadinessProbes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * Makes supervised processes of descriptions: with their ports and folders, what they refer to, and what they depend on.
 * Nothing is started. Immutable and thread safe.
 */
final class Admission {

    private final Shared shared;
    private final Path base;
    private final Path folder;
    private final ProcessId self;

    /**
     * @param base what relative paths start from
     * @param folder where each process gets one of its own
     */
    Admission(Shared shared, Path base, Path folder) {
        this.shared = shared;
        this.base = base;
        this.folder = folder;
        this.self = shared.system().processes().self();
    }

    /**
     * Everything is looked at, and every port leased.
     *
     * @param others those they may refer to and depend on, besides each other
     * @param fallback the restart policy of those whose description leaves that open
     * @throws InvalidSpecException if something is wrong with one; of none anything is left then
     */
    List<SupervisedProcess> admit(List<Newcomer> newcomers, List<SupervisedProcess> others, RestartPolicy fallback) {
        Map<Newcomer, Allocation> allocations = new LinkedHashMap<>();
        List<SupervisedProcess> added = new ArrayList<>();
        boolean complete = false;
        try {
            for (Newcomer newcomer : newcomers) {
                allocations.put(newcomer, allocate(newcomer));
            }
            Dependencies.check(
                    newcomers.stream().map(Newcomer::spec).toList(),
                    others.stream().map(SupervisedProcess::name).toList());
            Map<String, Allocation> visible = new LinkedHashMap<>();
            others.forEach(process -> visible.put(process.name(), process.allocation()));
            allocations
                    .values()
                    .forEach(allocation -> visible.put(allocation.spec().name(), allocation));
            allocations.forEach(
                    (newcomer, allocation) -> added.add(supervised(allocation, newcomer.place(), visible, fallback)));
            added.forEach(process -> process.dependOn(dependencies(process.spec(), added, others)));
            added.forEach(process -> requireNoCircle(process, others));
            complete = true;
            return added;
        } finally {
            if (!complete) {
                added.forEach(SupervisedProcess::release);
                allocations.values().forEach(Allocation::close);
            }
        }
    }

    /** Who depends on one that was removed will depend on the next of that name, which must not depend on it in turn. */
    private static void requireNoCircle(SupervisedProcess newcomer, List<SupervisedProcess> others) {
        others.stream()
                .filter(other -> other.dependencies().stream()
                        .anyMatch(needed -> needed.isReleased() && needed.name().equals(newcomer.name())))
                .filter(other -> Dependencies.of(newcomer).contains(other))
                .findFirst()
                .ifPresent(other -> {
                    throw new InvalidSpecException(
                                    "dependsOn",
                                    "leads back to where it began: '" + newcomer.name() + "' depends on '"
                                            + other.name() + "', which depends on the '" + newcomer.name()
                                            + "' that was removed",
                                    "take one of these out")
                            .at(newcomer.spec().declaration());
                });
    }

    private Allocation allocate(Newcomer newcomer) {
        ProcessSpec spec = newcomer.spec();
        try {
            return Allocation.of(spec, base, newcomer.folder(folder), shared.system());
        } catch (InvalidSpecException e) {
            throw e.at(spec.declaration());
        }
    }

    private SupervisedProcess supervised(
            Allocation allocation, Place place, Map<String, Allocation> visible, RestartPolicy fallback) {
        ProcessSpec spec = allocation.spec();
        RunCookie cookie =
                RunCookie.of(self, spec.name(), ThreadLocalRandom.current().nextLong(Long.MAX_VALUE));
        try {
            Launch launch = new Launch(allocation, cookie, visible);
            ReadinessProbes.check(launch);
            Runnable property = spec.portProperty().isEmpty()
                    ? () -> {}
                    : PortProperties.hold(spec, allocation.port().orElseThrow());
            return new SupervisedProcess(shared, launch, place, property, fallback);
        } catch (InvalidSpecException e) {
            throw e.at(spec.declaration());
        }
    }

    /** The nearest of each name: in the group, then in this supervisor, then outside. */
    private static Set<SupervisedProcess> dependencies(
            ProcessSpec spec, List<SupervisedProcess> group, List<SupervisedProcess> others) {
        if (spec.dependsOn().isEmpty()) {
            return Set.of();
        }
        Map<String, SupervisedProcess> nearest = new LinkedHashMap<>();
        // Those of this supervisor stand behind those outside.
        others.forEach(process -> nearest.put(process.name(), process));
        group.forEach(process -> nearest.put(process.name(), process));
        return spec.dependsOn().stream().map(nearest::get).collect(Collectors.toUnmodifiableSet());
    }
}
