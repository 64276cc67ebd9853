import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ApiFunction } from './api-function';
import { TaskApiAuth, TaskApiAuthConfig } from '../../task-api-auth';
import { TaskResourceOptions } from '../../task-resource-options';

export interface TaskApiProps {
  readonly handler: ApiFunction;
  readonly auth: TaskApiAuth;
  readonly cors?: CorsOrigins;
  readonly accessLogs?: boolean;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
  readonly throttlingRateLimit?: number;
  readonly throttlingBurstLimit?: number;
}

/** The origins from which browsers can call the API. */
export interface CorsOrigins {
  readonly allowOrigins: string[];
  readonly allowCredentials?: boolean;
}

/** The routes of a TaskManager, wherever they are. */
export interface TaskApi {
  /** Ends in `/`. */
  readonly url: string;
  readonly authConfig: TaskApiAuthConfig & { readonly authorizationType: string };
  /** Whether callers also send an API key. */
  readonly apiKeyRequired?: boolean;
  readonly restApi?: apigateway.RestApi;
  readonly httpApi?: apigatewayv2.HttpApi;
  /** Returns the ARN of a method, for `execute-api:Invoke`. */
  methodArn(method: string, path: string): string;
  /** Returns the metric of the requests that failed with a 5xx error. */
  serverErrors(props: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/** Returns the throttling of a stage of the TaskManager's own, with the defaults. */
export function throttlingOf({ throttlingRateLimit = 100, throttlingBurstLimit = 200 }: TaskApiProps) {
  return { throttlingRateLimit, throttlingBurstLimit };
}
