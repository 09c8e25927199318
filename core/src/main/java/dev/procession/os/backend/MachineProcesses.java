package dev.procession.os.backend;

import dev.procession.os.OperatingSystem;
import dev.procession.os.ProcessTable;
import dev.procession.os.Sockets;
import dev.procession.os.linux.ProcfsSockets;
import dev.procession.os.linux.ProcfsTable;
import dev.procession.os.portable.HandleTable;
import dev.procession.process.CommandLineTest;
import dev.procession.process.FoundProcess;
import dev.procession.process.InvalidSpecException;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.ProcessSource;
import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import dev.procession.process.TableText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What queries ask of this machine. To look loads no native code, since loading takes longer than a look; to send a signal
 * does, and so does a look for listeners whom nobody else can name.
 */
public final class MachineProcesses implements ProcessSource {

    private static final Path USERS = Path.of("/etc/passwd");

    private final ProcessTable table;
    private final Sockets sockets;
    private final Supplier<OperatingSystem> system;

    /** For the service loader. */
    public MachineProcesses() {
        this(ProcfsTable.isAvailable() ? new ProcfsTable() : new HandleTable(), Backend::current);
    }

    /** @param system is asked only where the table does not suffice */
    MachineProcesses(ProcessTable table, Supplier<OperatingSystem> system) {
        this.table = table;
        this.sockets = new ProcfsSockets();
        this.system = system;
    }

    @Override
    public List<FoundProcess> scan(CommandLineTest test) {
        return table.scan(test);
    }

    @Override
    public Optional<ProcessInfo> find(long pid) {
        return table.find(pid);
    }

    @Override
    public List<String> commandLine(long pid) {
        return table.commandLine(pid);
    }

    @Override
    public boolean runs(long pid, Path program) {
        return table.runs(pid, program);
    }

    @Override
    public OptionalLong image(long pid) {
        return table.image(pid);
    }

    @Override
    public long nowTicks() {
        return table.nowTicks();
    }

    @Override
    public boolean isOf(long pid, String user) {
        OptionalLong id = table.userId(pid);
        if (id.isPresent()) {
            return id.getAsLong() == userId(user);
        }
        return ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().user())
                .filter(user::equals)
                .isPresent();
    }

    /** Not by the JDK, which tells no numbers, and not by a command, which a scan could not wait for. */
    private static long userId(String user) {
        if (user.matches("\\d{1,10}")) {
            return Long.parseLong(user);
        }
        try {
            return TableText.rows(Files.readString(USERS, StandardCharsets.ISO_8859_1))
                    .map(row -> row.split(":"))
                    .filter(columns -> columns.length > 2 && columns[0].equals(user))
                    .flatMap(columns -> TableText.number(columns[2], 10).stream())
                    .findFirst()
                    .orElseThrow(() -> new InvalidSpecException(
                            "user",
                            "is '" + user + "', whom " + USERS + " does not list",
                            "give one that is, or the user's number"));
        } catch (IOException e) {
            throw new ProcessionException("Cannot look up the user '" + user + "' in " + USERS + ": " + e, e);
        }
    }

    @Override
    public Set<Long> listeners(int port, List<Long> among) {
        if (!sockets.seesListeners()) {
            throw new ProcessionException("This platform does not tell who listens on port " + port);
        }
        Set<Long> inodes = new HashSet<>();
        sockets.listeners(port).forEach(listener -> inodes.add(listener.inode()));
        if (inodes.isEmpty()) {
            return Set.of();
        }
        Set<Long> holders = holders(table, inodes, among);
        // Another user's sockets may be hidden from a first look, and not from the backend's second one.
        return holders.isEmpty() ? holders(system.get().processes(), inodes, among) : holders;
    }

    private static Set<Long> holders(ProcessTable table, Set<Long> inodes, List<Long> among) {
        Set<Long> holders = new HashSet<>();
        for (long pid : among) {
            if (table.socketInodes(pid).stream().anyMatch(inodes::contains)) {
                holders.add(pid);
            }
        }
        return holders;
    }

    @Override
    public boolean send(ProcessId id, Signal signal) {
        try {
            return system.get().signaller().send(id, signal);
        } catch (IllegalArgumentException e) {
            // Init, ourselves, and who has started us are found, but never hit.
            return false;
        }
    }
}
