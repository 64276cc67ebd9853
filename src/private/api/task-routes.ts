import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { ApiFunction } from './api-function';
import { allowedHeaders, PREFLIGHT_MAX_AGE } from './cors';
import { EXPOSED_HEADERS } from '../../protocol/wire';
import { TaskRestApiAuthConfig } from '../../task-api-auth';

export interface TaskRoutesProps {
  readonly handler: ApiFunction;
  readonly authConfig: TaskRestApiAuthConfig;
  readonly apiKeyRequired?: boolean;
  /** Options of the app's methods. Those for authorization do not apply to the routes. */
  readonly defaultMethodOptions?: apigateway.MethodOptions;
  /** How browsers of other origins can call the routes. */
  readonly cors?: apigateway.CorsOptions;
}

/** Adds the routes to a resource of a REST API. One function answers all of them. Returns the resource that contains them. */
export function addTaskRoutes(parent: apigateway.IResource, props: TaskRoutesProps): apigateway.Resource {
  const { handler, apiKeyRequired, cors, authConfig: { authorizationType, authorizer, authorizationScopes } } = props;
  const methodOptions = { authorizationType, authorizer, authorizationScopes, ...(apiKeyRequired && { apiKeyRequired }) };
  const tasks = parent.addResource('tasks', {
    defaultIntegration: new apigateway.LambdaIntegration(handler, { allowTestInvoke: false }),
    defaultMethodOptions: {
      ...props.defaultMethodOptions,
      authorizationType: undefined,
      authorizer: undefined,
      authorizationScopes: undefined,
      operationName: undefined,
    },
    defaultCorsPreflightOptions: cors,
  });
  tasks.addMethod('POST', undefined, methodOptions);
  tasks.addMethod('GET', undefined, methodOptions);
  const task = tasks.addResource('{taskId}');
  task.addMethod('GET', undefined, methodOptions);
  const cancel = task.addResource('cancel');
  cancel.addMethod('POST', undefined, methodOptions);
  return tasks;
}

/** Returns what preflights allow: what the routes need, beside what the app allows for its own. */
export function corsOptions(
  cors: apigateway.CorsOptions, authConfig: TaskRestApiAuthConfig, apiKeyRequired?: boolean,
): apigateway.CorsOptions {
  return {
    maxAge: cors.disableCache ? undefined : PREFLIGHT_MAX_AGE,
    ...cors,
    allowMethods: ['GET', 'POST'],
    allowHeaders: union(cors.allowHeaders, allowedHeaders(authConfig, apiKeyRequired)),
    exposeHeaders: union(cors.exposeHeaders, EXPOSED_HEADERS),
  };
}

/** Returns the headers of two lists, each once. Names of headers are case-insensitive. */
function union(one: string[] = [], other: readonly string[]): string[] {
  const names = new Set(one.map((name) => name.toLowerCase()));
  return [...one, ...other.filter((name) => !names.has(name.toLowerCase()))];
}
