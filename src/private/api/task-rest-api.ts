import { Annotations, Duration, Names, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ApiFunction } from './api-function';
import { addDeploymentInputs } from './deployment-inputs';
import { addGatewayResponses } from './gateway-responses';
import { EXPOSED_HEADERS, HEADER } from '../../protocol/wire';
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

/** Defines the REST API and its routes. One function answers all of them. */
export class TaskRestApi extends apigateway.RestApi {
  public readonly authConfig: TaskRestApiAuthConfig;

  constructor(scope: Construct, id: string, props: TaskRestApiProps) {
    super(scope, id, {
      restApiName: Names.uniqueResourceName(scope, { separator: '-' }),
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // The role is a setting of the account and region, and not for this construct to change.
      cloudWatchRole: false,
      deployOptions: {
        throttlingRateLimit: props.throttlingRateLimit,
        throttlingBurstLimit: props.throttlingBurstLimit,
        ...(props.accessLogs && accessLog(scope, `${id}AccessLog`, props.logRetention)),
      },
      defaultIntegration: new apigateway.LambdaIntegration(props.handler, { allowTestInvoke: false }),
    });
    this.authConfig = props.auth.bindRestApi(this);
    props.handler.readOwnerFrom(this.authConfig);
    warnAboutWritableClaim(this, this.authConfig.ownerClaim);
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
    addDeploymentInputs(this.latestDeployment!, props.handler, authorizer);
  }
}

/** The claims that Cognito itself sets. All others are attributes of the user, or set by a Lambda trigger. */
const CLAIMS_OF_COGNITO = /^(sub|username|client_id|cognito:.*|dev:.*)$/;

/** Warns of a claim that users can write. By default, a user pool lets users write all of their attributes. */
function warnAboutWritableClaim(api: Construct, ownerClaim: string | undefined): void {
  if (ownerClaim === undefined || Token.isUnresolved(ownerClaim) || CLAIMS_OF_COGNITO.test(ownerClaim)) return;
  Annotations.of(api).addWarningV2(
    'cdk-task-manager:writableOwnerClaim',
    `ownerClaim '${ownerClaim}' may be an attribute that users can write, as they can by default: a user who sets it to the value of `
      + "another user can read and cancel that user's tasks. Use 'sub', or remove the attribute from the writeAttributes of every app "
      + 'client and acknowledge this warning',
  );
}

/** Allows browsers to call a resource from these origins. */
function addPreflight(resource: apigateway.Resource, allowOrigins: string[], headers: (string | undefined)[]): void {
  resource.addCorsPreflight({
    allowOrigins,
    allowMethods: ['GET', 'POST'],
    allowHeaders: [
      HEADER.AUTHORIZATION, HEADER.CONTENT_TYPE, HEADER.IDEMPOTENCY_KEY, HEADER.IF_NONE_MATCH, HEADER.PREFER,
      'X-Amz-Content-Sha256', 'X-Amz-Date', 'X-Amz-Security-Token',
      // Tracing libraries add these headers. If one of them is not allowed, the browser does not send the request.
      'baggage', 'traceparent', 'tracestate', 'X-Amzn-Trace-Id', 'X-Request-Id',
      ...headers.filter((header) => header !== undefined),
    ],
    exposeHeaders: EXPOSED_HEADERS,
    // The longest that Chromium caches a preflight: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age
    maxAge: Duration.hours(2),
  });
}

/** Writes a line for each request, without addresses, task ids, headers and payloads. */
function accessLog(scope: Construct, id: string, retention: logs.RetentionDays): apigateway.StageOptions {
  const {
    contextRequestId, contextRequestTime, contextHttpMethod, contextResourcePath, contextStatus, contextErrorResponseType,
    contextResponseLength, contextResponseLatency, contextIntegrationLatency,
  } = apigateway.AccessLogField;
  // Logs are not worth keeping without the API that wrote them.
  const logGroup = new logs.LogGroup(scope, id, { retention, removalPolicy: RemovalPolicy.DESTROY });
  return {
    accessLogDestination: new apigateway.LogGroupLogDestination(logGroup),
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
