package com.example.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Needs nothing of Procession: where the databases are, the pom says. */
class CatalogueIT {

    private static final String DATABASE = System.getProperty("catalogue.database") + "?user=test";
    private static final Cache CACHE = new Cache(Integer.getInteger("catalogue.cache.port"));

    private final Catalogue catalogue = new Catalogue(DATABASE, CACHE);

    @Test
    void readsThePriceFromTheDatabase_andKeepsItInTheCache() throws Exception {
        assertEquals(Optional.of("3.20"), catalogue.price("coffee"));
        assertEquals(Optional.of("3.20"), CACHE.get("coffee"));
    }

    @Test
    void believesTheCacheFirst() throws Exception {
        assertEquals(Optional.of("2.50"), catalogue.price("tea"));

        change("update articles set price = 2.80 where name = 'tea'");

        assertEquals(Optional.of("2.50"), catalogue.price("tea"));
    }

    @Test
    void whatIsNotSoldIsNotKept() throws Exception {
        assertEquals(Optional.empty(), catalogue.price("gold"));
        assertEquals(Optional.empty(), CACHE.get("gold"));
    }

    private static void change(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
