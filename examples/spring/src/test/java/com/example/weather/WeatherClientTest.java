package com.example.weather;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.ManagedProcess;
import dev.procession.supervise.SupervisedProcess;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

@SpringJUnitConfig(WeatherClient.class)
class WeatherClientTest {

    @ManagedProcess(command = {"${java}", "-cp", "${classpath}", "com.example.weather.WeatherStation", "${port}"})
    static SupervisedProcess station;

    @DynamicPropertySource
    static void tellThePort(DynamicPropertyRegistry registry) {
        registry.add("weather.station", () -> "http://localhost:" + station.port());
    }

    @Autowired
    private WeatherClient client;

    @Test
    void asksTheStation() throws Exception {
        assertEquals("sunny", client.now());
    }
}
