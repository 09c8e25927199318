package com.example.weather;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.ManagedProcess;
import dev.procession.supervise.SupervisedProcess;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/**
 * Asks a process whose port Spring is told when it makes the beans. It keeps them for all classes that inherit the same
 * {@code @DynamicPropertySource}: in a base class, the process must live as long, with {@code scope = Scope.RUN}.
 */
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
