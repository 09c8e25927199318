package com.example.shop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Port;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

/** Each service is told the other's port: both are leased before either starts, and they start at the same time. */
@ManagedProcess(
        name = "orders",
        command = {
            "${java}",
            "-cp",
            "${classpath}",
            "com.example.shop.Orders",
            "${port}",
            "http://localhost:${process:stock:port}"
        })
@ManagedProcess(
        name = "stock",
        command = {
            "${java}",
            "-cp",
            "${classpath}",
            "com.example.shop.Stock",
            "${port}",
            "http://localhost:${process:orders:port}"
        })
class ShopTest {

    @Test
    void sellsNoMoreThanThereIs(@Port(process = "orders") int port) throws Exception {
        assertEquals("ordered", order(port, "tea"));
        assertEquals("ordered", order(port, "tea"));
        assertEquals("sold out", order(port, "tea"));
    }

    private static String order(int port, String item) throws IOException, InterruptedException {
        URI uri = URI.create("http://localhost:" + port + "/order/" + item);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }
}
