package com.example.greeting;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Port;
import dev.procession.junit.Ready;
import dev.procession.supervise.SupervisedProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@ManagedProcess(
        name = "greeter", // (1)
        command = {"${java}", "-cp", "${classpath}", "com.example.greeting.GreetingServer", "${port}"}, // (2)
        ready = @Ready(http = "/greet/readiness", timeout = "30s")) // (3)
class GreetingServerTest {

    @Test
    void greetsByName(SupervisedProcess greeter, @Port int port) throws Exception { // (4)
        System.out.println("greeter is " + greeter.state() + " as pid " + greeter.pid() + " on port " + port);

        URI uri = URI.create("http://localhost:" + port + "/greet/Ada");
        String answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
        System.out.println("it answered: " + answer);

        assertEquals("Hello, Ada!", answer);
        greeter.log().await("greeting Ada", Duration.ofSeconds(5)); // (5)
        System.out.println("it logged:   " + greeter.log().lines());
    }
}
