import { App, CfnOutput, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { HttpLambdaAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { JwtAuthOptions, TaskApiAuth, TaskEndpoint, TaskLiveAuth, TaskLiveUpdates, TaskManager, TaskManagerProps } from '../../src';
import { AUTHORIZE_BY_POLICY } from '../support/authorizers';

export const COMMON_STACK = 'Common';
export const AUDIENCE = 'app';
export const SCOPE = 'tasks/write';
export const ORIGIN = 'https://app.example.com';
export const OWNER_HEADER = 'X-Task-Owner';
export const OWNER_PARAMETER = 'owner';

/** Accepts the same tenants as the authorizer of the HTTP API, named in the query, until the time that the query has. */
const AUTHORIZE_CONNECTION = `exports.handler = async ({ methodArn, queryStringParameters: { tenant, until } }) => ({
  principalId: 'somebody',
  policyDocument: { Version: '2012-10-17', Statement: [{
    Action: 'execute-api:Invoke', Effect: ['ada', 'eve', 'nobody'].includes(tenant) ? 'Allow' : 'Deny', Resource: methodArn,
  }] },
  context: { ...(tenant !== 'nobody' && { tenant: 'tenant-' + tenant }), ...(until && { until }) },
});`;

/** The documents of a user pool are at an HTTPS address of AWS. This makes the authorizer ask the engine for the keys. */
const POOLS_OF_THE_ENGINE = '--import=data:text/javascript,' + encodeURIComponent(`
  const { fetch } = globalThis;
  globalThis.fetch = async (url, init) => {
    const [, issuer, path] = /^(https:..cognito-idp.+)(.\\.well-known.+)$/.exec(url);
    if (path.endsWith('openid-configuration')) return Response.json({ issuer, jwks_uri: issuer + '/.well-known/jwks.json' });
    return fetch(process.env.AWS_ENDPOINT_URL + new URL(url).pathname, init);
  };
`);

/** Synthesizes a TaskManager with live updates for each kind of authorization. */
export function synthesize(outdir: string, issuer: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, COMMON_STACK);
  const users = new cognito.UserPool(stack, 'Users', { removalPolicy: RemovalPolicy.DESTROY });
  const [client, otherClient] = ['Client', 'OtherClient'].map((id) => users.addClient(id, { authFlows: { userPassword: true } }));
  const outputs = { UserPool: users.userPoolId, Client: client.userPoolClientId, OtherClient: otherClient.userPoolClientId };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });

  const http = { endpoint: TaskEndpoint.httpApi() };
  // The construct takes no issuer without TLS, unless it does not know it.
  const address = Lazy.string({ produce: () => issuer });
  const jwt = (name: string, options: Partial<JwtAuthOptions> = {}) => {
    const both: JwtAuthOptions = { audience: [AUDIENCE], ...options };
    add(name, { ...http, auth: TaskApiAuth.jwt(address, both) }, TaskLiveAuth.jwt(address, both));
  };
  const pool = (name: string, props: TaskManagerProps) => {
    const live = add(name, props, TaskLiveAuth.cognito(users, { userPoolClients: [client] }));
    (live.node.findChild('Authorizer') as lambda.Function).addEnvironment('NODE_OPTIONS', POOLS_OF_THE_ENGINE);
  };
  const tenants = (name: string, props: (ofTenants: lambda.Function, own: Stack) => TaskManagerProps) => {
    const own = stackOf(name);
    const authorizer = new WebSocketLambdaAuthorizer('LiveTenants', authorizerFunction(own, 'ByQuery', AUTHORIZE_CONNECTION), {
      identitySource: ['route.request.querystring.tenant'],
    });
    add(name, props(authorizerFunction(own, 'ByPolicy', AUTHORIZE_BY_POLICY), own), TaskLiveAuth.authorizer(authorizer, {
      ownerContextKey: 'tenant', expiryContextKey: 'until',
    }));
  };

  add('Iam', {});
  add('Header', { auth: TaskApiAuth.iam({ ownerHeader: OWNER_HEADER }) }, TaskLiveAuth.iam({ ownerParameter: OWNER_PARAMETER }));
  jwt('Jwt');
  jwt('Scoped', { authorizationScopes: [SCOPE] });
  jwt('Issuer', { ownerIncludesIssuer: true });
  pool('RestUsers', { auth: TaskApiAuth.cognito(users) });
  pool('HttpUsers', { ...http, auth: TaskApiAuth.cognito(users, { userPoolClients: [client] }) });
  tenants('RestTenants', (handler, own) => ({
    auth: TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(own, 'OfTenants', { handler }), { ownerContextKey: 'tenant' }),
  }));
  tenants('HttpTenants', (handler) => ({
    ...http, auth: TaskApiAuth.httpAuthorizer(new HttpLambdaAuthorizer('OfTenants', handler), { ownerContextKey: 'tenant' }),
  }));
  add('None', { auth: TaskApiAuth.none() }, TaskLiveAuth.none());
  app.synth();

  function add(name: string, props: TaskManagerProps, auth?: TaskLiveAuth): TaskLiveUpdates {
    const own = stackOf(name);
    const taskManager = new TaskManager(own, 'Tasks', { ...props, corsAllowOrigins: [ORIGIN], removalPolicy: RemovalPolicy.DESTROY });
    const live = new TaskLiveUpdates(own, 'Live', { taskManager, auth });
    new CfnOutput(own, 'Url', { value: taskManager.apiUrl });
    new CfnOutput(own, 'LiveUrl', { value: live.url });
    new CfnOutput(own, 'ApiId', { value: live.webSocketApi.apiId });
    return live;
  }

  function stackOf(name: string): Stack {
    return app.node.tryFindChild(name) as Stack | undefined ?? new Stack(app, name);
  }
}

function authorizerFunction(stack: Stack, id: string, code: string): lambda.Function {
  return new lambda.Function(stack, id, { code: lambda.Code.fromInline(code), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X });
}
