package dev.procession.junit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A program for the tests: answers every request on a port of the loopback interface with its pid. */
final class TinyServer {

    private TinyServer() {}

    /** @param arguments the port, 0 for any, and the status if it is not 200 */
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        String status = arguments.length > 1 ? arguments[1] : "200";
        try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
            System.out.println("listening on " + server.getLocalPort());
            int requests = 0;
            while (true) {
                try (Socket client = server.accept()) {
                    answer(client, status);
                    if (++requests == 2) {
                        System.out.println("second request");
                    }
                } catch (IOException e) {
                    // That client has gone; the next one is served.
                }
            }
        }
    }

    private static void answer(Socket client, String status) throws IOException {
        BufferedReader request =
                new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
        String line = request.readLine();
        if (line == null) {
            throw new IOException("only looked whether somebody listens");
        }
        while (line != null && !line.isEmpty()) {
            line = request.readLine();
        }
        String body = Long.toString(ProcessHandle.current().pid());
        client.getOutputStream()
                .write(("HTTP/1.1 " + status + " Tiny\r\nContent-Length: " + body.length()
                                + "\r\nConnection: close\r\n\r\n" + body)
                        .getBytes(StandardCharsets.ISO_8859_1));
    }
}
