package com.example.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Port;
import dev.procession.junit.Ready;
import dev.procession.junit.Stop;
import dev.procession.junit.Template;
import dev.procession.process.Signal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

/** Tests a configuration file: the port stands in it and nowhere else. */
@ManagedProcess(
        name = "nginx",
        // "-e" is for what it has to say before it has read where to say it.
        command = {"nginx", "-e", "stderr", "-p", "${directory}", "-c", "nginx.conf"},
        searchPath = "/usr/sbin", // not on the PATH of Debian's users
        files = {
            @Template(from = "classpath:/nginx.conf", to = "nginx.conf"),
            @Template(from = "classpath:/index.html", to = "pages/index.html")
        },
        ready = @Ready(http = "/"),
        stop = @Stop(signal = Signal.QUIT), // TERM would break off the answers that are under way
        disabledWithoutCommand = true)
class NginxTest {

    @Test
    void servesAPage(@Port int port) throws Exception {
        HttpResponse<String> answer = get(port, "/index.html");

        assertEquals(200, answer.statusCode());
        assertEquals("text/html", answer.headers().firstValue("Content-Type").orElseThrow());
        assertTrue(answer.body().contains("Served on port " + port), answer.body());
    }

    @Test
    void sendsOldLinksToTheNewPage(@Port int port) throws Exception {
        HttpResponse<String> answer = get(port, "/old.html");

        assertEquals(301, answer.statusCode());
        assertEquals(
                "http://127.0.0.1:" + port + "/index.html",
                answer.headers().firstValue("Location").orElseThrow());
    }

    private static HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
}
