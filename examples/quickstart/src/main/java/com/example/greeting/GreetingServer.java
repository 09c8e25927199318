package com.example.greeting;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** The program under test: greets whoever asks for {@code /greet/NAME}. */
public final class GreetingServer {

    private GreetingServer() {}

    /**
     * Serves until it is stopped.
     *
     * @param args the port to listen on
     */
    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/greet/", exchange -> {
            String name = exchange.getRequestURI().getPath().substring("/greet/".length());
            System.out.println("greeting " + name);
            byte[] answer = ("Hello, " + name + "!").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("goodbye")));
        System.out.println("listening on port " + port);
        server.start();
    }
}
