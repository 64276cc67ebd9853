import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LiveFunctionProps } from './live-function-props';
import { ENVIRONMENT, formatOwnerPlace } from '../../protocol/environment';
import { TaskLiveAuthConfig } from '../../task-live-auth';
import { RuntimeFunction } from '../runtime-function';

export interface ConnectionFunctionProps extends LiveFunctionProps {
  readonly authConfig: TaskLiveAuthConfig;
  readonly allowOrigins: string[];
}

/** Accepts connections, and answers their messages. */
export class ConnectionFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: ConnectionFunctionProps) {
    const { taskTable, connections, queue, authConfig, allowOrigins } = props;
    super(scope, id, {
      entry: 'live-connections',
      description: 'Accepts connections for live updates, and answers their messages',
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      // API Gateway ends a request after 29 seconds:
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
      timeout: Duration.seconds(29),
      environment: {
        ...taskTable.environment,
        ...connections.environment,
        [ENVIRONMENT.LIVE_QUEUE_URL]: queue.queueUrl,
        ...ownerOf(authConfig),
        ...(authConfig.expiryContextKey && { [ENVIRONMENT.EXPIRY_CONTEXT_KEY]: authConfig.expiryContextKey }),
        ...(allowOrigins.length > 0 && { [ENVIRONMENT.ALLOW_ORIGINS]: allowOrigins.join(',') }),
      },
    });
    // A read of an overdue task ends it.
    taskTable.grantItems(this, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    connections.grantItems(this, 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem');
    if (authConfig.expiryContextKey) queue.grantSend(this);
  }
}

function ownerOf({ ownerContextKey, ownerParameter }: TaskLiveAuthConfig): Record<string, string> {
  if (ownerContextKey !== undefined) return { [ENVIRONMENT.OWNER]: formatOwnerPlace('context', ownerContextKey) };
  return ownerParameter === undefined ? {} : { [ENVIRONMENT.OWNER]: formatOwnerPlace('parameter', ownerParameter) };
}
