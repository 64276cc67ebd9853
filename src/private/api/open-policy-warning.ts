import { Annotations, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { TaskRestApiAuthConfig } from '../../task-api-auth';
import { basePathOf } from '../execute-api';

/** Kinds of authorization that share their decision with the resource policy. */
const SHARED_DECISIONS = [apigateway.AuthorizationType.IAM, apigateway.AuthorizationType.CUSTOM];

/** The routes, in the form of ARNs for `execute-api:Invoke`. */
const ROUTES = ['POST', 'GET'].flatMap((method) => [[method, 'tasks'], [method, 'tasks/1'], [method, 'tasks/1/cancel']]);

/**
 * Warns of a resource policy that allows everyone to call the routes. Within the account, what it allows needs neither a grant nor the
 * permission of a Lambda authorizer.
 *
 * @param api the API, whose policy may be changed until synthesis
 * @param resourcePath the path of the resource that the routes are below
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export function warnAboutOpenPolicy(
  scope: Construct, api: apigateway.RestApi, { authorizationType }: TaskRestApiAuthConfig, resourcePath?: string,
): void {
  if (!SHARED_DECISIONS.includes(authorizationType)) return;
  scope.node.addValidation({
    validate: () => {
      const { policy } = api.node.defaultChild as apigateway.CfnRestApi;
      const statements = [Stack.of(api).resolve(policy)?.Statement ?? []].flat();
      if (statements.some((statement) => allowsEveryone(statement, basePathOf(resourcePath)))) warn(scope, api);
      return [];
    },
  });
}

function warn(scope: Construct, { node }: Construct): void {
  Annotations.of(scope).addWarningV2('cdk-task-manager:policyAllowsEveryone',
    `the resource policy of ${node.path} allows everyone to call the routes, so that callers of this account need no grant, and no `
    + 'permission of a Lambda authorizer: let it deny what must not be, or allow certain principals only');
}

function allowsEveryone({ Effect, Principal, Action, Resource }: any, basePath: string): boolean {
  return Effect === 'Allow'
    && [Principal?.AWS ?? Principal].flat().includes('*')
    && [Action].flat().some((action) => ['execute-api:Invoke', 'execute-api:*', '*'].includes(action))
    && [Resource].flat().some((resource) => isOnRoute(resource, basePath));
}

/** Returns whether a resource matches one of the routes, in any stage. */
function isOnRoute(resource: unknown, basePath: string): boolean {
  if (typeof resource !== 'string') return false;
  const [stage, ...rest] = resource.replace(/^execute-api:\//, '').split('/');
  if (rest.length === 0) return stage.endsWith('*');
  const pattern = rest.map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')).join('/');
  const path = basePath.replace(/{[^}]*}/g, '1');
  return ROUTES.some(([method, route]) => new RegExp(`^${pattern}$`).test(`${method}${path}/${route}`));
}
