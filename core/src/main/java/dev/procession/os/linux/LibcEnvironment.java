package dev.procession.os.linux;

import com.sun.jna.Pointer;
import dev.procession.os.OwnEnvironment;
import java.util.ArrayList;
import java.util.List;

/** What libc has, which a child inherits. */
final class LibcEnvironment implements OwnEnvironment {

    private final Pointer environ = Libc.environ();

    @Override
    public List<Variable> variables() {
        List<Variable> variables = new ArrayList<>();
        Pointer entries = environ.getPointer(0);
        for (long i = 0; entries != null; i += 8) {
            Pointer entry = entries.getPointer(i);
            if (entry == null) {
                break;
            }
            variables.add(new Variable(entry.getByteArray(0, (int) entry.indexOf(0, (byte) 0))));
        }
        return variables;
    }
}
