package dev.procession.supervise;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;

class NativeStandardInputTest implements StandardInputContract {

    @Override
    public OperatingSystem system() {
        return Backends.nativeOne();
    }
}
