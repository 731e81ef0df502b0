package com.acme.warehouse;

class StockTest {
    static PostgreSQLContainer<?> postgres = new PostgreSQLContainer<>("postgres:16.3");
}
