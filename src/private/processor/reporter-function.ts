import { Duration } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';

/**
 * Reports in the place of a processor's function. It has no right to report until it is granted one for each task type that it serves.
 */
export class ReporterFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      entry: 'processor-reporter',
      description: 'Reports what became of tasks whose processor can not',
      timeout: Duration.seconds(30),
      logRetention: logs.RetentionDays.ONE_MONTH,
    });
  }
}
