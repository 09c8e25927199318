package dev.procession.supervise;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;

class NativeRestartTest implements RestartContract {

    @Override
    public OperatingSystem system() {
        return Backends.nativeOne();
    }
}
