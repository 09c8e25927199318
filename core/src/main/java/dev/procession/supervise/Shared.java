package dev.procession.supervise;

import dev.procession.cleanup.Census;
import dev.procession.os.OperatingSystem;
import java.util.function.LongSupplier;

/**
 * What all processes of a supervisor share. Thread safe.
 *
 * @param stragglers what becomes of what they leave behind
 * @param progress who is told what happens
 * @param loop does what nobody waits for
 * @param census where the loop, and nobody else, looks who is left
 * @param console where lines are shown
 * @param events who is told of every change of state
 * @param clock what the time is for the states, in nanoseconds
 */
record Shared(
        OperatingSystem system,
        StragglerPolicy stragglers,
        Progress progress,
        Loop loop,
        Census census,
        Console console,
        EventBus events,
        LongSupplier clock) {}
