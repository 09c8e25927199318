package dev.procession.cli;

import dev.procession.process.ProcessionException;
import dev.procession.process.Signal;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;

/**
 * The signals that ask us to end. A shutdown hook would not be told which one it was. The JDK's class for that is supported
 * (JEP 260), but a compiler that warns of it can only be silenced by not naming it.
 */
final class StopSignals {

    private static final List<Signal> ALL = List.of(Signal.HUP, Signal.INT, Signal.TERM);

    private StopSignals() {}

    /**
     * Calls somebody, in a thread of its own each time, in place of ending the JVM. A signal that is ignored, as by nohup,
     * stays so.
     */
    static void handle(Consumer<Signal> handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            for (Signal signal : ALL) {
                Object proxy = Proxy.newProxyInstance(
                        StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, calling(handler, signal));
                signalType
                        .getMethod("handle", signalType, handlerType)
                        .invoke(null, signalType.getConstructor(String.class).newInstance(signal.name()), proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new ProcessionException("This Java cannot pass signals on: " + e, e);
        }
    }

    private static InvocationHandler calling(Consumer<Signal> handler, Signal signal) {
        return (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                handler.accept(signal);
                yield null;
            }
            case "hashCode" -> signal.hashCode();
            case "equals" -> proxy == arguments[0];
            default -> signal.toString();
        };
    }
}
