package dev.procession.supervise;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;

class PortableRestartTest implements RestartContract {

    @Override
    public OperatingSystem system() {
        return Backends.portable();
    }
}
