package dev.procession.maven;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import org.apache.maven.execution.ExecutionEvent;
import org.apache.maven.execution.ExecutionListener;
import org.apache.maven.execution.MavenExecutionRequest;
import org.jspecify.annotations.Nullable;

/**
 * Ends services that nobody has stopped: those of a project when it fails, all others when the build is over. It stands
 * before the listener that Maven has, which it serves as if it were not there; so it needs no extension, and works in a
 * daemon that outlives the build, too. The end of the JVM is core's business.
 */
final class EndOfBuild implements InvocationHandler {

    private final @Nullable ExecutionListener next;
    private final SessionServices services;

    private EndOfBuild(@Nullable ExecutionListener next, SessionServices services) {
        this.next = next;
        this.services = services;
    }

    /** Begins to listen to a build. */
    static void listen(MavenExecutionRequest request, SessionServices services) {
        // Two versions of this plugin in one build do the same, each for its own.
        synchronized (request) {
            EndOfBuild end = new EndOfBuild(request.getExecutionListener(), services);
            request.setExecutionListener((ExecutionListener) Proxy.newProxyInstance(
                    ExecutionListener.class.getClassLoader(), new Class<?>[] {ExecutionListener.class}, end));
        }
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "the end of services, before " + next;
            };
        }
        if (arguments[0] instanceof ExecutionEvent event) {
            if (method.getName().equals("projectFailed")) {
                end(event, services.take(event.getProject()).stream().toList());
            } else if (method.getName().equals("sessionEnded")) {
                end(event, services.takeAll());
            }
        }
        try {
            return next == null ? null : method.invoke(next, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** What fails here fails the build, too, if that has not failed yet. */
    private static void end(ExecutionEvent event, Collection<ProjectServices> left) {
        for (ProjectServices services : left) {
            try {
                services.stop();
            } catch (RuntimeException e) {
                event.getSession().getResult().addException(e);
            }
        }
    }
}
