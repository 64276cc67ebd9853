import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';
import { TaskTable } from './task-table';
import { ENVIRONMENT } from '../../protocol/environment';
import { TaskResourceOptions } from '../../task-resource-options';

export interface SweeperFunctionProps {
  readonly table: TaskTable;
  readonly eventSource: string;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
  readonly reservedConcurrency?: number;
}

/** Ends overdue tasks, once a minute. */
export class SweeperFunction extends RuntimeFunction {
  /** Starts the sweep. */
  public readonly rule: events.Rule;

  constructor(scope: Construct, id: string, props: SweeperFunctionProps) {
    super(scope, id, {
      entry: 'sweeper',
      description: 'Ends overdue tasks',
      // A sweep starts no call after 55 seconds. The other 35 seconds are for calls that hang.
      timeout: Duration.seconds(90),
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: { ...props.table.environment, [ENVIRONMENT.EVENT_SOURCE]: props.eventSource },
      // The next sweep is the retry.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    props.table.grantItems(this, 'dynamodb:UpdateItem');
    props.table.grantQueryChecks(this);
    // Lets a large sweep invoke the function again, to share the work. Not in the role's default policy: the function depends on it, and
    // CloudFormation would find a cycle.
    const handOver = new iam.Policy(this, 'HandOver', {
      statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.functionArn] })],
    });
    // Not `roles: [this.role]`, which creates the policy even if the app creates no roles (`Role.customizeRoles()`).
    this.role!.attachInlinePolicy(handOver);

    this.rule = new events.Rule(this, 'Schedule', {
      description: 'Starts the sweep',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(this, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
