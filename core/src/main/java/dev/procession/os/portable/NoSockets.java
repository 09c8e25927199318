package dev.procession.os.portable;

import dev.procession.os.Sockets;
import java.util.List;

/** For platforms on which nobody tells who listens. */
public final class NoSockets implements Sockets {

    @Override
    public List<Listener> listeners() {
        return List.of();
    }

    @Override
    public boolean seesListeners() {
        return false;
    }
}
