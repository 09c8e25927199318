package com.example.shop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.Map;

/** The service that knows what there is, and asks {@link Orders} how much of it is spoken for. */
public final class Stock {

    private static final Map<String, Integer> SHELF = Map.of("tea", 2);

    private Stock() {}

    /**
     * Serves until it is stopped.
     *
     * @param args the port to listen on, and where the orders are, as {@code http://HOST:PORT}
     */
    public static void main(String[] args) throws IOException {
        HttpServer server = Web.server(Integer.parseInt(args[0]));
        String orders = args[1];

        Web.serve(server, "/left/", item -> {
            int ordered = Integer.parseInt(Web.get(orders + "/open/" + item));
            return Integer.toString(SHELF.getOrDefault(item, 0) - ordered);
        });
        server.start();
    }
}
