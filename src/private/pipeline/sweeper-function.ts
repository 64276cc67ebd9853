import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';
import { TaskTable } from './task-table';

export interface SweeperFunctionProps {
  readonly table: TaskTable;
  readonly logRetention: logs.RetentionDays;
}

/** Ends the tasks whose time is over, once a minute. */
export class SweeperFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: SweeperFunctionProps) {
    super(scope, id, {
      entry: 'sweeper',
      description: 'Ends the tasks whose time is over',
      // Works for 55 seconds at most, and keeps the rest for calls that nobody answers.
      timeout: Duration.seconds(90),
      logRetention: props.logRetention,
      environment: props.table.environment,
      // The next sweep is the retry.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    props.table.grantItems(this, 'dynamodb:UpdateItem');
    props.table.grantQueryChecks(this);
    // For sharing a large sweep. Not in the role's own policy, which the function depends on: CloudFormation would see a cycle.
    new iam.Policy(this, 'HandOver', {
      statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.functionArn] })],
      roles: [this.role!],
    });

    new events.Rule(this, 'Schedule', {
      description: 'Starts the sweep',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(this, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
