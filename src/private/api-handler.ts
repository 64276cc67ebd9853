import { Duration, Tokenization } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from './runtime-function';
import { TaskTable } from './task-table';
import { ENVIRONMENT } from '../protocol';

export interface ApiHandlerProps {
  readonly table: TaskTable;
  readonly taskTimeout: Duration;
  readonly logRetention: logs.RetentionDays;
}

/** Answers the requests of the API. */
export class ApiHandler extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: ApiHandlerProps) {
    super(scope, id, {
      entry: 'api',
      description: 'Creates tasks and tells how they are doing',
      // API Gateway gives up after 29 seconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
      timeout: Duration.seconds(29),
      logRetention: props.logRetention,
      environment: { ...props.table.environment, [ENVIRONMENT.TASK_TIMEOUT_SECONDS]: Tokenization.stringifyNumber(props.taskTimeout.toSeconds()) },
    });
    props.table.grantItems(this, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }
}
