package dev.procession.supervise;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;

class PortablePipedOutputTest implements PipedOutputContract {

    @Override
    public OperatingSystem system() {
        return Backends.portable();
    }
}
