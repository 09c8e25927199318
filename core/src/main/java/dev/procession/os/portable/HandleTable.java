package dev.procession.os.portable;

import dev.procession.os.ProcessTable;
import dev.procession.process.ProcessId;
import dev.procession.process.ProcessInfo;
import dev.procession.process.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The process table as the JDK sees it, for platforms without {@code /proc}. It knows neither groups nor sessions, and
 * where the JDK cannot tell a zombie, neither can it.
 */
public final class HandleTable implements ProcessTable {

    @Override
    public Optional<ProcessInfo> find(long pid) {
        return ProcessHandle.of(pid).map(HandleTable::row);
    }

    @Override
    public List<ProcessInfo> scan() {
        return ProcessHandle.allProcesses().map(HandleTable::row).toList();
    }

    private static ProcessInfo row(ProcessHandle handle) {
        return new ProcessInfo(
                new ProcessId(
                        handle.pid(),
                        handle.info().startInstant().map(HandleTable::ticks).orElse(0L)),
                handle.info()
                        .command()
                        .map(command -> String.valueOf(Path.of(command).getFileName()))
                        .orElse(""),
                handle.isAlive() ? RunState.ALIVE : RunState.DEAD,
                handle.parent().map(ProcessHandle::pid).orElse(0L),
                0,
                0,
                false,
                1);
    }

    @Override
    public List<String> commandLine(long pid) {
        return ProcessHandle.of(pid)
                .map(ProcessHandle::info)
                .map(info -> {
                    List<String> line = new ArrayList<>();
                    info.command().ifPresent(line::add);
                    info.arguments().ifPresent(arguments -> line.addAll(List.of(arguments)));
                    return List.copyOf(line);
                })
                .orElse(List.of());
    }

    @Override
    public boolean runs(long pid, Path program) {
        return ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().command())
                .filter(command -> isSame(Path.of(command), program))
                .isPresent();
    }

    private static boolean isSame(Path command, Path program) {
        try {
            return Files.isSameFile(command, program);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public List<String> environment(long pid) {
        return List.of();
    }

    @Override
    public List<Long> socketInodes(long pid) {
        return List.of();
    }

    @Override
    public Optional<Path> workingDirectory(long pid) {
        return Optional.empty();
    }

    @Override
    public OptionalLong userId(long pid) {
        return OptionalLong.empty();
    }

    @Override
    public long nowTicks() {
        return ticks(Instant.now());
    }

    private static long ticks(Instant instant) {
        return instant.toEpochMilli() / 10;
    }
}
