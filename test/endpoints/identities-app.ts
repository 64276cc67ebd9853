import { App, CfnOutput, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { JwtAuthOptions, TaskApiAuth, TaskEndpoint, TaskManager } from '../../src';
import { AUTHORIZE_BY_POLICY } from '../support/authorizers';
import { shopApiOf } from '../support/endpoint-kinds';

export const STACK = 'Identities';
export const OWNER_HEADER = 'X-Task-Owner';
export const AUDIENCE = 'app';
export const SCOPE = 'tasks/write';
export const ORIGIN = 'https://app.example.com';

/** Accepts the tokens of two tenants, and one without a tenant. */
const AUTHORIZE_SIMPLY = `exports.handler = async ({ headers: { authorization } }) => ({
  isAuthorized: ['ada', 'eve', 'nobody'].includes(authorization),
  context: authorization === 'nobody' ? {} : { tenant: 'tenant-' + authorization },
});`;

/** Synthesizes a TaskManager for each kind of authorization of an HTTP API, and others that share the authorizers of a shop's REST API. */
export function synthesizeIdentities(outdir: string, issuer: string): void {
  const app = new App({ outdir });
  const shop = new Stack(app, 'Shop');
  const users = new cognito.UserPool(shop, 'Users', { removalPolicy: RemovalPolicy.DESTROY });
  const [client, otherClient] = ['Client', 'OtherClient'].map((id) => users.addClient(id, { authFlows: { userPassword: true } }));

  const stack = new Stack(app, STACK);
  const auths: Record<string, TaskApiAuth> = {
    Iam: TaskApiAuth.iam(),
    Header: TaskApiAuth.iam({ ownerHeader: OWNER_HEADER }),
    Jwt: jwt(issuer),
    Scoped: jwt(issuer, { authorizationScopes: [SCOPE] }),
    Users: TaskApiAuth.cognito(users, { userPoolClients: [client] }),
    Simple: TaskApiAuth.httpAuthorizer(new HttpLambdaAuthorizer('Simple', authorizer(stack, 'Simply', AUTHORIZE_SIMPLY), {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
    }), { ownerContextKey: 'tenant' }),
    Policy: TaskApiAuth.httpAuthorizer(new HttpLambdaAuthorizer('Policy', authorizer(stack, 'ByPolicy', AUTHORIZE_BY_POLICY)), {
      ownerContextKey: 'tenant',
    }),
    None: TaskApiAuth.none(),
  };
  for (const [name, auth] of Object.entries(auths)) addTaskManager(stack, name, auth, TaskEndpoint.httpApi());
  new CfnOutput(stack, 'UserPool', { value: users.userPoolId });
  new CfnOutput(stack, 'Client', { value: client.userPoolClientId });
  new CfnOutput(stack, 'OtherClient', { value: otherClient.userPoolClientId });

  const ofUsers = new apigateway.CognitoUserPoolsAuthorizer(shop, 'OfUsers', { cognitoUserPools: [users] });
  const ofTenants = new apigateway.TokenAuthorizer(shop, 'OfTenants', { handler: authorizer(shop, 'ByPolicy', AUTHORIZE_BY_POLICY) });
  const { root } = shopApiOf(shop);
  root.addResource('baskets').addMethod('GET', undefined, { authorizer: ofUsers });
  root.addResource('stock').addMethod('GET', undefined, { authorizer: ofTenants });
  // One in the stack of the API, two in another. The last one has an authorizer of its own.
  addTaskManager(shop, 'ShopUsers', TaskApiAuth.cognito(users, { authorizer: ofUsers }), TaskEndpoint.onResource(root.addResource('v1')));
  const other = new Stack(app, 'Other');
  const byTenant = TaskApiAuth.authorizer(ofTenants, { ownerContextKey: 'tenant' });
  addTaskManager(other, 'OtherTenants', byTenant, TaskEndpoint.onResource(root.addResource('v2')));
  addTaskManager(other, 'OtherUsers', TaskApiAuth.cognito(users), TaskEndpoint.onResource(root.addResource('v3')));
  app.synth();
}

/** Synthesizes TaskManagers that accept the tokens of an issuer, with and without `ownerIncludesIssuer`. */
export function synthesizeIssuer(outdir: string, issuer: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Issuers');
  for (const ownerIncludesIssuer of [true, false]) {
    addTaskManager(stack, ownerIncludesIssuer ? 'Distinct' : 'Mixed', jwt(issuer, { ownerIncludesIssuer }), TaskEndpoint.httpApi());
  }
  app.synth();
}

function authorizer(stack: Stack, id: string, code: string): lambda.Function {
  return new lambda.Function(stack, id, { code: lambda.Code.fromInline(code), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X });
}

/** The construct takes no issuer without TLS, unless it does not know it. */
function jwt(issuer: string, options: Partial<JwtAuthOptions> = {}): TaskApiAuth {
  return TaskApiAuth.jwt(Lazy.string({ produce: () => issuer }), { audience: [AUDIENCE], ...options });
}

function addTaskManager(stack: Stack, name: string, auth: TaskApiAuth, endpoint: TaskEndpoint): void {
  const { apiUrl } = new TaskManager(stack, `${name}Tasks`, {
    auth, endpoint, corsAllowOrigins: [ORIGIN], removalPolicy: RemovalPolicy.DESTROY,
  });
  new CfnOutput(stack, `${name}Url`, { value: apiUrl });
}
