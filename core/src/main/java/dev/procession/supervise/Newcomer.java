package dev.procession.supervise;

import dev.procession.launch.ProcessSpec;
import java.nio.file.Path;

/**
 * Somebody who is to be added to a supervisor. Immutable.
 *
 * @param spec what it is started from
 * @param place where it will stand
 */
record Newcomer(ProcessSpec spec, Place place) {

    static Newcomer alone(ProcessSpec spec) {
        return new Newcomer(spec, new Place(spec.name(), spec.priority(), spec.priority()));
    }

    static Newcomer of(ProcessGroup group, ProcessSpec member) {
        return new Newcomer(member, new Place(group.name(), group.priority(), member.priority()));
    }

    String namespec() {
        return Namespec.of(place.group(), spec.name());
    }

    /** Its own, in that of all. */
    Path folder(Path all) {
        return (place.group().equals(spec.name()) ? all : all.resolve(place.group())).resolve(spec.name());
    }
}
