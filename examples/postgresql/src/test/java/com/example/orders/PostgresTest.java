package com.example.orders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Port;
import dev.procession.junit.Ready;
import dev.procession.junit.RunAs;
import dev.procession.junit.Stop;
import dev.procession.process.Signal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** Makes a cluster of its own, which goes with the next build, and lets a server serve it. */
@ManagedProcess(
        name = "initdb",
        command = {
            "initdb",
            "--pgdata=${directory}/data",
            "--username=test",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync"
        },
        searchPath = "/usr/lib/postgresql/*/bin", // Debian has it on nobody's PATH
        runAs = @RunAs(user = "postgres"), // PostgreSQL refuses root; for anybody else this is ignored
        ready = @Ready(exit = 0),
        disabledWithoutCommand = true)
@ManagedProcess(
        name = "postgres",
        dependsOn = "initdb",
        command = {
            "postgres",
            "-D",
            "${process:initdb:directory}/data",
            "--listen_addresses=127.0.0.1",
            "--port=${port}",
            "--unix_socket_directories=", // none: the path of a checkout is often too long for a socket
            "--fsync=off"
        },
        searchPath = "/usr/lib/postgresql/*/bin",
        runAs = @RunAs(user = "postgres"),
        // It listens, and turns clients away, a little before it can serve them.
        ready = @Ready(tcp = "${port}", log = "database system is ready to accept connections"),
        stop = @Stop(signal = Signal.INT), // TERM would wait until the last client has gone
        disabledWithoutCommand = true)
class PostgresTest {

    @Test
    void findsTheOrdersOfACustomer(@Port int port) throws SQLException {
        try (Connection connection = connect(port);
                Statement statement = connection.createStatement()) {
            statement.execute("create table orders (customer text, item text)");
            statement.execute("insert into orders values ('Ada', 'tea'), ('Grace', 'coffee')");

            try (ResultSet found = statement.executeQuery("select item from orders where customer = 'Ada'")) {
                assertTrue(found.next());
                assertEquals("tea", found.getString("item"));
            }
        }
    }

    private static Connection connect(int port) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres", "test", "");
    }
}
