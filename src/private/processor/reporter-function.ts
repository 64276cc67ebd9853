import { Duration, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';
import { RolePermissions } from './role-permissions';
import { ENVIRONMENT } from '../../protocol/environment';
import { TaskResourceOptions } from '../../task-resource-options';

/** Reports how a processor's function ended. */
export class ReporterFunction extends RuntimeFunction {
  /** Its permissions. It needs the permission to report for each task type. */
  public readonly permissions: RolePermissions;

  constructor(scope: Construct, id: string, logRetention: logs.RetentionDays, resourceOptions: TaskResourceOptions) {
    super(scope, id, {
      entry: 'reporter',
      description: 'Reports how the function of a task processor ended',
      timeout: Duration.seconds(30),
      logRetention,
      resourceOptions: { ...resourceOptions, tracing: undefined },
      withoutPermissions: true,
    });
    const role = this.role!;
    this.permissions = RolePermissions.of(role, role);
    // In the same policy: a stack can have 500 resources, and there can be many reporters.
    this.grantBasics(this.permissions);
    this.trace(resourceOptions.tracing);
  }

  /** Reports the failures of a processor whose events wait in a queue: the messages that failed in each attempt. */
  public reportFailuresIn(queue: sqs.Queue, attempts: number): void {
    this.addEnvironment(ENVIRONMENT.ATTEMPTS, Tokenization.stringifyNumber(attempts));
    this.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true }));
  }

  /** Changes how long its logs are kept. */
  public keepLogs(retention: logs.RetentionDays): void {
    const logGroup = this.logGroup.node.defaultChild as logs.CfnLogGroup;
    logGroup.retentionInDays = retention === logs.RetentionDays.INFINITE ? undefined : retention;
  }

  /** Does what CDK does for its prop `tracing`, with the permissions in the same policy. */
  private trace(tracing: lambda.Tracing = lambda.Tracing.DISABLED): void {
    if (tracing === lambda.Tracing.DISABLED) return;
    (this.node.defaultChild as lambda.CfnFunction).tracingConfig = { mode: tracing };
    this.permissions.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      // These actions know no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
      resources: ['*'],
    }));
  }
}
