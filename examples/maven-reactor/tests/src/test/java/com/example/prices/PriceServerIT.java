package com.example.prices;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

/** Needs nothing of Procession: where the server is, the pom says. */
class PriceServerIT {

    private static final String URL = System.getProperty("prices.url");

    @Test
    void knowsWhatThingsCost() throws Exception {
        assertEquals("2.50", get("/price/tea").body());
    }

    @Test
    void hasNoPriceForWhatItDoesNotSell() throws Exception {
        assertEquals(404, get("/price/gold").statusCode());
    }

    @Test
    void isTheJarOfThisBuild() throws Exception {
        assertEquals(System.getProperty("prices.version"), get("/version").body());
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(URL + path)).build(), BodyHandlers.ofString());
    }
}
