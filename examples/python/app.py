"""A shop with two bounded contexts, each with its own TaskManager."""

import aws_cdk as cdk

from shop.back_office import BackOfficeStack
from shop.order_import import OrderImportStack
from shop.orders import OrdersStack
from shop.reports import ReportsStack
from shop.sales_report import SalesReportStack

app = cdk.App()

orders = OrdersStack(app, "Orders")
OrderImportStack(app, "OrderImport", tasks=orders.tasks)

reports = ReportsStack(app, "Reports")
SalesReportStack(app, "SalesReport", tasks=reports.tasks)

BackOfficeStack(app, "BackOffice", orders=orders.tasks, orders_live=orders.live, reports=reports.tasks)

app.synth()
