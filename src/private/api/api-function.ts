import { Duration, Size, Tokenization } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENVIRONMENT, OwnerPlace, TASK_TYPES_FILE, TaskTypeEntry } from '../../protocol/environment';
import { TaskApiAuthConfig } from '../../task-api-auth';
import { TaskTable } from '../pipeline/task-table';
import { RuntimeFunction } from '../runtime-function';

export interface ApiFunctionProps {
  readonly table: TaskTable;
  readonly taskTimeout: Duration;
  readonly taskTypes?: TaskTypeEntry[];
  readonly maxRequestSize: Size;
  readonly maxPollWait: Duration;
  readonly allowOrigins: string[];
  readonly logRetention: logs.RetentionDays;
}

/** Answers the requests of the API. */
export class ApiFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id, {
      entry: 'api',
      // Environment variables have room for 4 KB in all, which schemas soon take.
      files: props.taskTypes && { [TASK_TYPES_FILE]: JSON.stringify(props.taskTypes) },
      description: 'Creates tasks and tells how they are doing',
      // API Gateway gives up after 29 seconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
      timeout: Duration.seconds(29),
      logRetention: props.logRetention,
      environment: {
        ...props.table.environment,
        [ENVIRONMENT.TASK_TIMEOUT_SECONDS]: Tokenization.stringifyNumber(props.taskTimeout.toSeconds()),
        [ENVIRONMENT.MAX_REQUEST_BYTES]: Tokenization.stringifyNumber(props.maxRequestSize.toBytes()),
        [ENVIRONMENT.MAX_WAIT_SECONDS]: Tokenization.stringifyNumber(props.maxPollWait.toSeconds()),
        ...(props.allowOrigins.length > 0 && { [ENVIRONMENT.ALLOW_ORIGINS]: props.allowOrigins.join(',') }),
      },
    });
    props.table.grantItems(this, 'dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    props.table.grantQueryOwners(this);
  }

  /** Tells the function where the API's authorization leaves the owner of a task. */
  public findOwner({ ownerHeader, ownerClaim, ownerContextKey }: TaskApiAuthConfig): void {
    const places: [OwnerPlace, string | undefined][] = [['header', ownerHeader], ['claim', ownerClaim], ['context', ownerContextKey]];
    const given = places.filter(([, name]) => name !== undefined);
    if (given.length > 1) throw new Error('the owner must be in one place, ownerHeader, ownerClaim or ownerContextKey, got several');
    if (given.some(([, name]) => name === '')) throw new Error("ownerHeader, ownerClaim and ownerContextKey must not be empty, got ''");
    for (const [place, name] of given) this.addEnvironment(ENVIRONMENT.OWNER, `${place}:${name}`);
  }
}
