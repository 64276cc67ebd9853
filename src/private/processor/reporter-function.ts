import { Duration } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';

/**
 * Reports how a processor's function ended. It needs `grantUpdate()` for each task type.
 */
export class ReporterFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      entry: 'reporter',
      description: 'Reports how the function of a task processor ended',
      timeout: Duration.seconds(30),
      logRetention: logs.RetentionDays.ONE_MONTH,
    });
  }
}
