package com.example.shop;

import software.amazon.awscdk.App;

/** A shop with two bounded contexts, each with its own TaskManager. */
public final class ShopApp {
    private ShopApp() {
    }

    public static void main(final String[] args) {
        var app = new App();

        var orders = new OrdersStack(app, "Orders");
        new OrderImportStack(app, "OrderImport", orders.getTasks());

        var reports = new ReportsStack(app, "Reports");
        new SalesReportStack(app, "SalesReport", reports.getTasks());

        new BackOfficeStack(app, "BackOffice", orders.getTasks(), orders.getLive(), reports.getTasks());

        app.synth();
    }
}
