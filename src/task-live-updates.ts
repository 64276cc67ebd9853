import { Annotations, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accessLogGroup, webSocketAccessLogFormat } from './private/api/access-log';
import { executeApiArn } from './private/execute-api';
import { ConnectionFunction } from './private/live/connection-function';
import { ConnectionTable } from './private/live/connection-table';
import { LivePublisherFunction } from './private/live/live-publisher-function';
import { LiveSenderFunction } from './private/live/live-sender-function';
import { defaultAuth, validateOwners } from './private/live/owners';
import { OwnQueue } from './private/own-queue';
import { quietly } from './private/quietly';
import { validateThrottling, validateWholeNumber } from './private/validation/limits';
import { validateOrigins } from './private/validation/origins';
import { validateSameEnvironment } from './private/validation/same-environment';
import { TaskLiveAuth } from './task-live-auth';
import { TaskManager } from './task-manager';

/**
 * Properties of `TaskLiveUpdates`.
 */
export interface TaskLiveUpdatesProps {
  /**
   * The TaskManager whose tasks clients watch. It must be of the same app, account and region, and can be in another stack.
   *
   * A TaskManager can have one `TaskLiveUpdates`, which all of its clients use.
   */
  readonly taskManager: TaskManager;

  /**
   * Who can connect, and whose tasks a connection can watch. It must give the same owners as the `auth` of the TaskManager.
   *
   * @default - `TaskLiveAuth.iam()`, if the TaskManager has `TaskApiAuth.iam()` without `ownerHeader`. Required otherwise
   */
  readonly auth?: TaskLiveAuth;

  /**
   * The origins of the pages that can connect, for example `https://app.example.com`, or `*` for all. Together, they can have at most 3,000
   * characters.
   *
   * Only browsers send an origin. Clients that send none can always connect, if they are authorized.
   *
   * @default - `corsAllowOrigins` of the TaskManager. Without it, no page can connect
   */
  readonly allowOrigins?: string[];

  /**
   * The maximum number of messages that are sent to connections each second, from 2 to 10,000. Messages that exceed it wait. If a task
   * changes again meanwhile, only its newest state is sent.
   *
   * All APIs of an account and region share a quota of requests, and each message counts. By default, it is 10,000 a second, in some
   * regions 2,500.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   * @default 500
   */
  readonly maxPostsPerSecond?: number;

  /**
   * The steady number of new connections and messages of clients that the API accepts each second.
   *
   * @default 500
   */
  readonly throttlingRateLimit?: number;

  /**
   * The number of new connections and messages of clients that the API accepts at the same moment, for a short time.
   *
   * @default 1000
   */
  readonly throttlingBurstLimit?: number;

  /**
   * Whether the API writes a line for each connection and message of a client to a log group. The lines have no query strings, which can
   * have a token.
   *
   * API Gateway needs a role that can write logs, once for each account and region.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
   * @default false
   */
  readonly accessLogs?: boolean;
}

/**
 * Sends changes of tasks to clients over a WebSocket API, progress included, so that they don't need to poll.
 *
 * Creates a WebSocket API, a DynamoDB table of its connections, a function that answers clients, a function that reads the stream of the
 * TaskManager's table, and a queue with a function that sends the messages.
 *
 * A message is a hint: it can be lost, late or sent twice. The task itself is read with the API of the TaskManager. The npm package
 * `cdk-task-manager-client` does both.
 *
 * @example
 * declare const taskManager: TaskManager;
 *
 * const live = new TaskLiveUpdates(this, 'Live', { taskManager });
 * new CfnOutput(this, 'LiveUrl', { value: live.url });
 */
export class TaskLiveUpdates extends Construct {
  /**
   * The URL to connect to, with its stage: `wss://…`.
   */
  public readonly url: string;

  /**
   * The WebSocket API.
   */
  public readonly webSocketApi: apigatewayv2.WebSocketApi;

  /**
   * The stage of the WebSocket API. Attach a custom domain here.
   */
  public readonly stage: apigatewayv2.WebSocketStage;

  /**
   * The DynamoDB table of the connections, and of what they watch.
   */
  public readonly table: dynamodb.TableV2;

  /**
   * The function that accepts connections, and answers their messages.
   */
  public readonly connectionHandler: lambda.Function;

  /**
   * The function that reads the stream of the TaskManager's table, and queues the changes that somebody watches.
   */
  public readonly publisher: lambda.Function;

  /**
   * The queue of the messages to connections. Keeps them for 30 minutes.
   */
  public readonly queue: sqs.Queue;

  /**
   * The dead-letter queue of `queue`. Keeps, for 14 days, messages that could not be handled.
   */
  public readonly deadLetterQueue: sqs.Queue;

  /**
   * The function that sends the messages to the connections.
   */
  public readonly sender: lambda.Function;

  /** @internal */
  public readonly _taskManager: TaskManager;

  /**
   * The query parameter in which a caller names the owner of the tasks, if there is one.
   *
   * @internal
   */
  public readonly _ownerParameter?: string;

  private readonly usesIam: boolean;

  /**
   * Defines live updates of a TaskManager.
   *
   * Throws if a prop is invalid, if the TaskManager has live updates already or is of another app, account or region, or if `auth` gives
   * connections owners and the tasks have none, or the other way round.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props The TaskManager, and the props that differ from the defaults.
   */
  constructor(scope: Construct, id: string, props: TaskLiveUpdatesProps) {
    super(scope, id);
    const { taskManager, maxPostsPerSecond = 500, throttlingRateLimit = 500, throttlingBurstLimit = 1000 } = props;
    if (taskManager.node.root !== this.node.root) throw new Error('taskManager must be of the same app, got one of another app');
    validateSameEnvironment('taskManager', Stack.of(taskManager), 'TaskLiveUpdates', Stack.of(this));
    validateOrigins('allowOrigins', props.allowOrigins);
    if (Token.isUnresolved(maxPostsPerSecond)) {
      throw new Error('maxPostsPerSecond must not be a Token, because the number of invocations of the sender follows from it');
    }
    validateWholeNumber('maxPostsPerSecond', maxPostsPerSecond, 2, 10_000);
    validateThrottling(props);
    const { table: taskTable, authConfig, allowOrigins } = taskManager._addLiveUpdates();
    const { logRetention, resourceOptions } = taskManager;
    const { encryptionKey } = resourceOptions;

    const auth = (props.auth ?? defaultAuth(authConfig)).bind(this, taskManager);
    validateOwners(auth, authConfig);

    // TableV2 of aws-cdk-lib 2.263.0 passes deprecated props. That of 2.276.0 does not.
    const connections = quietly(() => new ConnectionTable(this, 'Connections', resourceOptions));
    const deadLetterQueue = new OwnQueue(this, 'DeadLetterQueue', { encryptionKey, retentionPeriod: Duration.days(14) });
    const queue = new OwnQueue(this, 'Queue', {
      encryptionKey,
      // Six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * LiveSenderFunction.TIMEOUT.toSeconds()),
      // Longer than a message can be delayed. Clients have long read by then what a state says.
      retentionPeriod: Duration.minutes(30),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 3 },
    });
    const common = { taskTable, connections, queue, logRetention, resourceOptions };
    const connectionHandler = new ConnectionFunction(this, 'ConnectionHandler', {
      ...common, authConfig: auth, allowOrigins: props.allowOrigins ?? allowOrigins,
    });
    const webSocketApi = new apigatewayv2.WebSocketApi(this, 'WebSocketApi', {
      // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#apis-prop-createapiinput-name
      apiName: Names.uniqueResourceName(this, { separator: '-', maxLength: 128 }),
      connectRouteOptions: { integration: new WebSocketLambdaIntegration('Connect', connectionHandler), authorizer: auth.authorizer },
      // One route for all messages, so that a malformed one gets an answer, too.
      defaultRouteOptions: { integration: new WebSocketLambdaIntegration('Message', connectionHandler), returnResponse: true },
    });
    const stage = new apigatewayv2.WebSocketStage(this, 'Stage', {
      webSocketApi,
      stageName: 'live',
      autoDeploy: true,
      throttle: { rateLimit: throttlingRateLimit, burstLimit: throttlingBurstLimit },
    });
    if (props.accessLogs) {
      const { logGroupArn } = accessLogGroup(this, 'AccessLog', taskManager);
      (stage.node.defaultChild as apigatewayv2.CfnStage).accessLogSettings = {
        destinationArn: logGroupArn, format: webSocketAccessLogFormat(),
      };
    }
    const publisher = new LivePublisherFunction(this, 'Publisher', common);
    const sender = new LiveSenderFunction(this, 'Sender', { ...common, stage, maxPostsPerSecond });

    this.url = stage.url;
    this.webSocketApi = webSocketApi;
    this.stage = stage;
    this.table = connections;
    this.connectionHandler = connectionHandler;
    this.publisher = publisher;
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
    this.sender = sender;
    this._taskManager = taskManager;
    this._ownerParameter = auth.ownerParameter;
    this.usesIam = auth.authorizer instanceof WebSocketIamAuthorizer;
  }

  /**
   * Grants permission to connect. Has no effect, and warns (`cdk-task-manager:grantWithoutIam`), unless connections are authorized by IAM.
   *
   * @param grantee The principal to grant permission to.
   */
  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    if (!this.usesIam) {
      Annotations.of(this).addWarningV2('cdk-task-manager:grantWithoutIam',
        'grantConnect() has no effect, because connections are not authorized by IAM: remove the call, or use TaskLiveAuth.iam()');
    }
    const { apiId } = this.webSocketApi;
    const arn = executeApiArn(this, { apiId, stageName: this.stage.stageName, method: '$connect', path: '' });
    return iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [arn] });
  }
}
