package com.example.prices;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** The program under test: tells what an article costs, and which version it is. */
public final class PriceServer {

    private PriceServer() {}

    /**
     * Serves until it is stopped.
     *
     * @param args the port to listen on
     */
    public static void main(String[] args) throws IOException {
        Properties prices = new Properties();
        try (InputStream list = PriceServer.class.getResourceAsStream("/prices.properties")) {
            prices.load(list);
        }

        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])), 0);
        server.createContext("/price/", exchange -> {
            String article = exchange.getRequestURI().getPath().substring("/price/".length());
            answer(exchange, prices.getProperty(article));
        });
        // It stands in the manifest of the jar, so there is none when the classes are run from a folder.
        server.createContext(
                "/version",
                exchange -> answer(exchange, PriceServer.class.getPackage().getImplementationVersion()));
        server.start();
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = String.valueOf(text).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(text == null ? 404 : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
