package dev.procession.maven;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A service for the builds of tests: tells everybody who connects its pid. */
final class TinyServer {

    private TinyServer() {}

    /** @param arguments its port */
    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server =
                new ServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getLoopbackAddress())) {
            System.out.println("listening");
            while (true) {
                try (Socket client = server.accept()) {
                    client.getOutputStream().write((ProcessHandle.current().pid() + "\n").getBytes());
                } catch (IOException e) {
                    // That client has gone; the next one is served.
                }
            }
        }
    }
}
