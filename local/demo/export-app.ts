import { App } from 'aws-cdk-lib';
import { chosenEndpoint } from './chosen-endpoint';
import { writeOpenApi } from './open-api';
import { ExportService } from '../../examples/typescript/export-service';

const app = new App();
new ExportService(app, 'ExportService', { endpoint: chosenEndpoint() });
writeOpenApi(app);
