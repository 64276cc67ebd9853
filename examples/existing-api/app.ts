import { App } from 'aws-cdk-lib';
import { ExportService } from './export-service';
import { ShopApi } from './shop-api';

const app = new App();
new ExportService(app, 'ExportService', { shopApi: new ShopApi(app, 'ShopApi') });
