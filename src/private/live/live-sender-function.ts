import { Duration, Stack } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { LiveFunctionProps } from './live-function-props';
import { ENVIRONMENT } from '../../protocol/environment';
import { RECEIVE_ACTIONS, SEND_ACTIONS } from '../encryption/key-permissions';
import { RuntimeFunction } from '../runtime-function';

export interface LiveSenderFunctionProps extends LiveFunctionProps {
  readonly stage: apigatewayv2.WebSocketStage;
  readonly maxPostsPerSecond: number;
}

/** The posts that one environment can make a second. A post takes about 20 ms, and 50 are in flight at most. */
const POSTS_OF_AN_ENVIRONMENT = 250;

/** The lowest limit that Lambda accepts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const MIN_CONCURRENCY = 2;

/** Sends states of tasks to connections. */
export class LiveSenderFunction extends RuntimeFunction {
  public static readonly TIMEOUT = Duration.seconds(30);

  constructor(scope: Construct, id: string, props: LiveSenderFunctionProps) {
    const { taskTable, connections, queue, stage, maxPostsPerSecond } = props;
    const maxConcurrency = Math.max(MIN_CONCURRENCY, Math.ceil(maxPostsPerSecond / POSTS_OF_AN_ENVIRONMENT));
    super(scope, id, {
      entry: 'live-sender',
      description: 'Sends states of tasks to connections',
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      timeout: LiveSenderFunction.TIMEOUT,
      environment: {
        ...taskTable.environment,
        ...connections.environment,
        [ENVIRONMENT.LIVE_QUEUE_URL]: queue.queueUrl,
        [ENVIRONMENT.CALLBACK_URL]: stage.callbackUrl,
        [ENVIRONMENT.POSTS_PER_SECOND]: String(maxPostsPerSecond / maxConcurrency),
      },
      // A page of connections queues the next one, and a connection that ends much later queues its end again. Both come to an end.
      recursiveLoop: lambda.RecursiveLoop.ALLOW,
    });
    taskTable.grantItems(this, 'dynamodb:GetItem');
    connections.grantItems(this, 'dynamodb:DeleteItem', 'dynamodb:Query');
    // It also receives messages, which takes the other permission for the key.
    queue.grantSend(this, SEND_ACTIONS.filter((action) => !RECEIVE_ACTIONS.includes(action)));
    iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['execute-api:ManageConnections'],
      resourceArns: ['POST', 'DELETE'].map((method) => Stack.of(this).formatArn({
        service: 'execute-api', resource: stage.api.apiId, resourceName: `${stage.stageName}/${method}/@connections/*`,
      })),
    });
    this.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true, maxConcurrency }));
  }
}
