/** A shop with two bounded contexts, each with its own TaskManager. */
import { App } from 'aws-cdk-lib';
import { BackOfficeStack } from './back-office';
import { OrderImportStack } from './order-import';
import { OrdersStack } from './orders';
import { ReportsStack } from './reports';
import { SalesReportStack } from './sales-report';

const app = new App();

const orders = new OrdersStack(app, 'Orders');
new OrderImportStack(app, 'OrderImport', { tasks: orders.tasks });

const reports = new ReportsStack(app, 'Reports');
new SalesReportStack(app, 'SalesReport', { tasks: reports.tasks });

new BackOfficeStack(app, 'BackOffice', { orders: orders.tasks, ordersLive: orders.live, reports: reports.tasks });
