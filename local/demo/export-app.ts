import { App } from 'aws-cdk-lib';
import { chosenEndpoint } from './chosen-endpoint';
import { ExportService } from '../../examples/typescript/export-service';

new ExportService(new App(), 'ExportService', { endpoint: chosenEndpoint() });
