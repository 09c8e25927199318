package com.example.shop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The service that takes orders, and asks {@link Stock} whether there is enough. */
public final class Orders {

    private Orders() {}

    /**
     * Serves until it is stopped.
     *
     * @param args the port to listen on, and where the stock is, as {@code http://HOST:PORT}
     */
    public static void main(String[] args) throws IOException {
        HttpServer server = Web.server(Integer.parseInt(args[0]));
        String stock = args[1];
        Map<String, Integer> open = new ConcurrentHashMap<>();

        Web.serve(server, "/order/", item -> {
            int left = Integer.parseInt(Web.get(stock + "/left/" + item));
            if (left < 1) {
                return "sold out";
            }
            open.merge(item, 1, Integer::sum);
            return "ordered";
        });
        Web.serve(server, "/open/", item -> Integer.toString(open.getOrDefault(item, 0)));
        server.start();
    }
}
