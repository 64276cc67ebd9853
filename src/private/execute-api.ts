import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The stage of an HTTP API whose name is not in the URL. */
export const HTTP_API_STAGE = '$default';

export interface ExecuteApiArnProps {
  readonly apiId: string;
  readonly stageName: string;
  /** Path of the resource that the routes are below. */
  readonly resourcePath?: string;
  readonly method: string;
  readonly path: string;
}

/**
 * Returns the ARN of a method or route, for `execute-api:Invoke`.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
 */
export function executeApiArn(scope: Construct, { apiId, stageName, resourcePath, method, path }: ExecuteApiArnProps): string {
  const basePath = withoutParameters(basePathOf(resourcePath));
  return Stack.of(scope).formatArn({ service: 'execute-api', resource: apiId, resourceName: `${stageName}/${method}${basePath}${path}` });
}

/** Returns the URL that API Gateway generates for an API. `path` begins with the stage, if the URL has one. */
export function executeApiUrl(scope: Construct, apiId: string, path: string): string {
  const { region, urlSuffix } = Stack.of(scope);
  return `https://${apiId}.execute-api.${region}.${urlSuffix}/${path}`;
}

/** Returns the path of a resource as the start of longer paths. */
export function basePathOf(resourcePath = '/'): string {
  return resourcePath.replace(/\/$/, '');
}

/** Replaces the parameters of a path. A Token has braces, too. */
function withoutParameters(path: string): string {
  return Token.isUnresolved(path) ? path : path.replace(/{[^}]*}/g, '*');
}
