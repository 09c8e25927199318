package com.example.catalogue;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** What is tested: prices are read from a database, and kept in a cache. */
public final class Catalogue {

    private final String database;
    private final Cache cache;

    /** @param database a JDBC URL, with the user */
    public Catalogue(String database, Cache cache) {
        this.database = database;
        this.cache = cache;
    }

    /** The price of an article; empty if there is no such article. */
    public Optional<String> price(String article) throws IOException, SQLException {
        Optional<String> known = cache.get(article);
        if (known.isPresent()) {
            return known;
        }
        Optional<String> read = read(article);
        if (read.isPresent()) {
            cache.put(article, read.get());
        }
        return read;
    }

    private Optional<String> read(String article) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database);
                PreparedStatement query = connection.prepareStatement("select price from articles where name = ?")) {
            query.setString(1, article);
            try (ResultSet found = query.executeQuery()) {
                return found.next() ? Optional.of(found.getString("price")) : Optional.empty();
            }
        }
    }
}
