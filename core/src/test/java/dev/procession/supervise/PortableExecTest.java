package dev.procession.supervise;

import dev.procession.os.OperatingSystem;
import dev.procession.testkit.Backends;

class PortableExecTest implements ExecContract {

    @Override
    public OperatingSystem system() {
        return Backends.portable();
    }
}
