import { App } from 'aws-cdk-lib';
import { ExportService } from './export-service';

new ExportService(new App(), 'ExportService');
