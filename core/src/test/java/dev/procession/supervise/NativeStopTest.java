package dev.procession.supervise;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;

class NativeStopTest implements StopContract {

    @Override
    public OperatingSystem system() {
        return Backends.nativeOne();
    }
}
