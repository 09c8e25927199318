package com.example.shop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** As much HTTP as both services need. */
final class Web {

    /** What answers for an item. */
    interface Answer {

        String about(String item) throws IOException;
    }

    private Web() {}

    static HttpServer server(int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        // A service that waits for the other must be able to answer it meanwhile.
        server.setExecutor(Executors.newCachedThreadPool());
        return server;
    }

    /** @param path starts and ends with a slash; an item follows it */
    static void serve(HttpServer server, String path, Answer answer) {
        server.createContext(path, exchange -> {
            String item = exchange.getRequestURI().getPath().substring(path.length());
            byte[] text = answer.about(item).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
    }

    static String get(String url) throws IOException {
        try (var body = URI.create(url).toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
