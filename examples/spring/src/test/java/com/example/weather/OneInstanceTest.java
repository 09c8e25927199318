package com.example.weather;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.Managed;
import dev.procession.junit.ManagedProcess;
import dev.procession.supervise.SupervisedProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** As {@link ProcessOnTheClassTest}, with one instance for all tests, which is there before anything else. */
@SpringJUnitConfig(WeatherClient.class)
@ManagedProcess(
        name = "station",
        command = {"${java}", "-cp", "${classpath}", "com.example.weather.WeatherStation", "${port}"})
@TestInstance(Lifecycle.PER_CLASS)
class OneInstanceTest {

    @Managed
    static SupervisedProcess station;

    @DynamicPropertySource
    static void tellThePort(DynamicPropertyRegistry registry) {
        registry.add("weather.station", () -> "http://localhost:" + station.port());
    }

    private final WeatherClient client;

    @Autowired
    OneInstanceTest(WeatherClient client) {
        this.client = client;
    }

    @Test
    void asksTheStation() throws Exception {
        assertEquals("sunny", client.now());
    }

    @Test
    void asksItAgain() throws Exception {
        assertEquals("sunny", client.now());
    }
}
