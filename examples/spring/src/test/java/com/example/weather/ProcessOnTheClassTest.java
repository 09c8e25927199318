package com.example.weather;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.Managed;
import dev.procession.junit.ManagedProcess;
import dev.procession.supervise.SupervisedProcess;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** As {@link WeatherClientTest}, with the process on the class. Whether it stands before or after Spring is all one. */
@ManagedProcess(
        name = "station",
        command = {"${java}", "-cp", "${classpath}", "com.example.weather.WeatherStation", "${port}"})
@SpringJUnitConfig(WeatherClient.class)
class ProcessOnTheClassTest {

    @Managed
    static SupervisedProcess station;

    @DynamicPropertySource
    static void tellThePort(DynamicPropertyRegistry registry) {
        registry.add("weather.station", () -> "http://localhost:" + station.port());
    }

    private final WeatherClient client;

    @Autowired
    ProcessOnTheClassTest(WeatherClient client) {
        this.client = client;
    }

    @Test
    void asksTheStation() throws Exception {
        assertEquals("sunny", client.now());
    }
}
