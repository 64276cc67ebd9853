import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogField } from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { TaskResourceOptions } from '../../task-resource-options';

export interface AccessLogProps {
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
}

/** Defines the log group of an API's access logs. */
export function accessLogGroup(scope: Construct, id: string, props: AccessLogProps): logs.LogGroup {
  const { logRetention: retention, resourceOptions: { encryptionKey } } = props;
  // Logs are not worth keeping without the API that wrote them.
  return new logs.LogGroup(scope, id, { retention, encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
}

/** Returns the format of a line for each request to a REST API, without addresses, task ids, headers and payloads. */
export function restAccessLogFormat(): string {
  return formatWith({ resourcePath: AccessLogField.contextResourcePath(), xrayTraceId: AccessLogField.contextXrayTraceId() });
}

/** The same for an HTTP API, which X-Ray does not trace. */
export function httpAccessLogFormat(): string {
  return formatWith({ routeKey: '$context.routeKey' });
}

/** Returns the format of a line for each connection and message: without addresses, and without the query, which can have a token. */
export function webSocketAccessLogFormat(): string {
  return JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    requestTime: AccessLogField.contextRequestTime(),
    eventType: '$context.eventType',
    routeKey: '$context.routeKey',
    connectionId: '$context.connectionId',
    status: AccessLogField.contextStatus(),
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
    integrationLatency: AccessLogField.contextIntegrationLatency(),
  });
}

function formatWith(fieldsOfKind: Record<string, string>): string {
  return JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    requestTime: AccessLogField.contextRequestTime(),
    httpMethod: AccessLogField.contextHttpMethod(),
    ...fieldsOfKind,
    status: AccessLogField.contextStatus(),
    errorResponseType: AccessLogField.contextErrorResponseType(),
    responseLength: AccessLogField.contextResponseLength(),
    responseLatency: AccessLogField.contextResponseLatency(),
    integrationLatency: AccessLogField.contextIntegrationLatency(),
  });
}
