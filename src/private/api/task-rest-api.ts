import { Annotations, Duration, Names, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ApiFunction } from './api-function';
import { addGatewayResponses } from './gateway-responses';
import { EXPOSED_HEADERS } from '../../protocol/wire';
import { TaskApiAuth, TaskRestApiAuthConfig } from '../../task-api-auth';

export interface TaskRestApiProps {
  readonly handler: ApiFunction;
  readonly auth: TaskApiAuth;
  readonly allowOrigins: string[];
  readonly accessLogs: boolean;
  readonly logRetention: logs.RetentionDays;
  readonly throttlingRateLimit: number;
  readonly throttlingBurstLimit: number;
}

/** The REST API: its routes, all answered by one function. */
export class TaskRestApi extends apigateway.RestApi {
  public readonly authConfig: TaskRestApiAuthConfig;

  constructor(scope: Construct, id: string, props: TaskRestApiProps) {
    super(scope, id, {
      restApiName: Names.uniqueResourceName(scope, { separator: '-' }),
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // The role is a setting of the whole account and region, which is not ours to change.
      cloudWatchRole: false,
      deployOptions: {
        throttlingRateLimit: props.throttlingRateLimit,
        throttlingBurstLimit: props.throttlingBurstLimit,
        ...(props.accessLogs && accessLog(scope, `${id}AccessLog`, props.logRetention)),
      },
      defaultIntegration: new apigateway.LambdaIntegration(props.handler, { allowTestInvoke: false }),
    });
    this.authConfig = props.auth.bindRestApi(this);
    props.handler.findOwner(this.authConfig);
    warnOfWritableClaim(this, this.authConfig.ownerClaim);
    const { authorizationType, authorizer, authorizationScopes, ownerHeader, tokenHeader } = this.authConfig;
    const methodOptions = { authorizationType, authorizer, authorizationScopes };

    const tasks = this.root.addResource('tasks');
    tasks.addMethod('POST', undefined, methodOptions);
    tasks.addMethod('GET', undefined, methodOptions);
    const task = tasks.addResource('{taskId}');
    task.addMethod('GET', undefined, methodOptions);
    const cancel = task.addResource('cancel');
    cancel.addMethod('POST', undefined, methodOptions);

    if (props.allowOrigins.length > 0) {
      for (const resource of [tasks, task, cancel]) addPreflight(resource, props.allowOrigins, [ownerHeader, tokenHeader]);
    }
    addGatewayResponses(this, props.allowOrigins);
  }
}

/** What Cognito itself writes into tokens. All other claims are attributes of the user, or those of a trigger. */
const CLAIMS_OF_COGNITO = /^(sub|username|client_id|cognito:.*|dev:.*)$/;

/** Who writes the claim of an owner is that owner, and in a user pool's defaults users write their attributes themselves. */
function warnOfWritableClaim(api: Construct, ownerClaim: string | undefined): void {
  if (ownerClaim === undefined || Token.isUnresolved(ownerClaim) || CLAIMS_OF_COGNITO.test(ownerClaim)) return;
  Annotations.of(api).addWarningV2(
    'cdk-task-manager:writableOwnerClaim',
    `ownerClaim '${ownerClaim}' may be an attribute that users can write, which is the default of a user pool: who writes the value of another user reads `
      + "and cancels that user's tasks. Use 'sub', or take the attribute out of the writeAttributes of every app client and acknowledge this warning",
  );
}

/** Lets browsers of these origins send the requests that the API knows. */
function addPreflight(resource: apigateway.Resource, allowOrigins: string[], headers: (string | undefined)[]): void {
  resource.addCorsPreflight({
    allowOrigins,
    allowMethods: ['GET', 'POST'],
    allowHeaders: [
      'Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match', 'Prefer',
      'X-Amz-Content-Sha256', 'X-Amz-Date', 'X-Amz-Security-Token',
      // Tracing adds these to requests, W3C's and AWS's: without them here, a browser sends nothing at all.
      'baggage', 'traceparent', 'tracestate', 'X-Amzn-Trace-Id', 'X-Request-Id',
      ...headers.filter((header) => header !== undefined),
    ],
    exposeHeaders: EXPOSED_HEADERS,
    // As long as browsers keep it: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age
    maxAge: Duration.hours(2),
  });
}

/** One line for each request, without addresses, ids, headers and payloads. */
function accessLog(scope: Construct, id: string, retention: logs.RetentionDays): apigateway.StageOptions {
  const {
    contextRequestId, contextRequestTime, contextHttpMethod, contextResourcePath, contextStatus, contextErrorResponseType,
    contextResponseLength, contextResponseLatency, contextIntegrationLatency,
  } = apigateway.AccessLogField;
  return {
    accessLogDestination: new apigateway.LogGroupLogDestination(new logs.LogGroup(scope, id, { retention, removalPolicy: RemovalPolicy.DESTROY })),
    accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify({
      requestId: contextRequestId(),
      requestTime: contextRequestTime(),
      httpMethod: contextHttpMethod(),
      resourcePath: contextResourcePath(),
      status: contextStatus(),
      errorResponseType: contextErrorResponseType(),
      responseLength: contextResponseLength(),
      responseLatency: contextResponseLatency(),
      integrationLatency: contextIntegrationLatency(),
    })),
  };
}
