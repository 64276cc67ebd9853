import { App } from 'aws-cdk-lib';
import { ExportService } from './export-service';
import { Users } from './users';

const app = new App();
/** Where the page is: `npx cdk deploy --context siteUrl=https://…` */
const siteUrl: string = app.node.tryGetContext('siteUrl') ?? 'http://localhost:8080';

const { signIn } = new Users(app, 'WebExportUsers', { siteUrl });
new ExportService(app, 'WebExports', { siteUrl, signIn });
