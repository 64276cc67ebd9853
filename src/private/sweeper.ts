import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from './runtime-function';
import { TaskTable } from './task-table';

export interface SweeperProps {
  readonly table: TaskTable;
  readonly logRetention: logs.RetentionDays;
}

/** Ends the tasks whose time is over, once a minute. */
export class Sweeper extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: SweeperProps) {
    super(scope, id, {
      entry: 'sweeper',
      description: 'Ends the tasks whose time is over',
      timeout: Duration.minutes(1),
      logRetention: props.logRetention,
      environment: props.table.environment,
      // The next sweep is the retry.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    props.table.grantItems(this, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    props.table.grantQueryChecks(this);

    new events.Rule(this, 'Schedule', {
      description: 'Starts the sweep',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(this, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
