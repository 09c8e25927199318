package com.example.weather;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** The bean under test: it is told by a property whom to ask. */
@Component
public class WeatherClient {

    private final URI station;

    public WeatherClient(@Value("${weather.station}") URI station) {
        this.station = station;
    }

    /** What the weather is like now. */
    public String now() throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(station.resolve("/now")).build(), BodyHandlers.ofString())
                .body();
    }
}
