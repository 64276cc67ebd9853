import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from './runtime-function';
import { ENVIRONMENT } from '../protocol';

export interface ApiHandlerProps {
  readonly table: dynamodb.ITableV2;
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
      environment: { [ENVIRONMENT.TABLE_NAME]: props.table.tableName },
    });
    this.grantTable(props.table, 'dynamodb:GetItem', 'dynamodb:PutItem');
  }
}
