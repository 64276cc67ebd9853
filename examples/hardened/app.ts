import { App } from 'aws-cdk-lib';
import { Foundation } from './foundation';
import { PayrollService } from './payroll-service';

const app = new App();
new PayrollService(app, 'PayrollService', { foundation: new Foundation(app, 'Foundation') });
