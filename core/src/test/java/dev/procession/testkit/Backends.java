package dev.procession.testkit;

import dev.procession.os.OperatingSystem;
import dev.procession.os.backend.Backend;

/** Both implementations side by side, each made once in a JVM: they own threads. */
public final class Backends {

    private Backends() {}

    public static OperatingSystem nativeOne() {
        return Native.SYSTEM;
    }

    public static OperatingSystem portable() {
        return Portable.SYSTEM;
    }

    private static final class Native {
        static final OperatingSystem SYSTEM = Backend.choose("native");
    }

    private static final class Portable {
        static final OperatingSystem SYSTEM = Backend.choose("portable");
    }
}
