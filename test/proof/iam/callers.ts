import * as lambda from 'aws-cdk-lib/aws-lambda';
import { allow, ANONYMOUS, Case, deny, OVER_TLS } from './case';
import { asks, REPORTED } from './processors';
import { processorSource } from '../../../src/protocol/wire';
import { ProofApp } from '../app';
import { ACCOUNT, REGION } from '../deployment';
import { Endpoint, Place, PrivateApi } from '../endpoints';

interface Route {
  readonly method: string;
  readonly path: string;
}

export const ROUTES = {
  create: { method: 'POST', path: '/tasks' },
  list: { method: 'GET', path: '/tasks' },
  read: { method: 'GET', path: '/tasks/0190-af' },
  cancel: { method: 'POST', path: '/tasks/0190-af/cancel' },
};
const PREFLIGHT = { method: 'OPTIONS', path: '/tasks' };

/** Returns who can call the APIs. */
export function requestsOfCallers(app: ProofApp): Case[] {
  return [
    ...app.endpoints.flatMap((endpoint) => [...grants(app, endpoint), ...strangers(app, endpoint)]),
    ...app.endpoints.filter(({ vpcEndpointId }) => vpcEndpointId !== undefined).flatMap((endpoint) => preflights(app, endpoint)),
    ...app.privateApis.flatMap((api) => withoutGrants(app, api)),
  ];
}

/** Returns the ARN of a route in a request, or of the same route elsewhere. */
export function routeArn({ deployment }: ProofApp, { taskManager, apiId, stageName, basePath }: Place, { method, path }: Route): string {
  const [api, stage] = [apiId, stageName].map((token) => deployment.valueOf(taskManager, token));
  return `arn:aws:execute-api:${REGION}:${ACCOUNT}:${api}/${stage}/${method}${basePath}${path}`;
}

/**
 * Each grant allows its routes and nothing else. A private API is called from its account, so that the policies of the role and of the API
 * are evaluated by table A: what neither allows is denied, and so is what one of them denies.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
function grants(app: ProofApp, endpoint: Endpoint): Case[] {
  const { callers: { creator, reader, canceller, stranger }, vpcEndpointId } = endpoint;
  const context = through(app, endpoint);
  const invoke = (caller: lambda.Function, route: Route, as: string, elsewhere: Partial<Endpoint>) =>
    deny(app.role(caller), 'execute-api:Invoke', routeArn(app, { ...endpoint, ...elsewhere }, route), as, context);
  const may = (caller: lambda.Function, ...granted: Route[]) => [
    ...Object.values(ROUTES).map((route) => granted.includes(route)
      ? allow(app.role(caller), 'execute-api:Invoke', routeArn(app, endpoint, route), context)
      : invoke(caller, route, 'not granted', {})),
    ...granted.flatMap((route) => [
      invoke(caller, route, 'of another API', { apiId: 'AnotherApi' }),
      invoke(caller, route, 'of another stage', { stageName: 'another' }),
      invoke(caller, route, 'below another path', { basePath: `/another${endpoint.basePath}` }),
      invoke(caller, { ...route, method: 'DELETE' }, 'with another method', {}),
      ...(vpcEndpointId === undefined ? [] : fromElsewhere(app.role(caller), routeArn(app, endpoint, route))),
    ]),
  ];
  return [
    ...may(creator, ROUTES.create), ...may(reader, ROUTES.list, ROUTES.read), ...may(canceller, ROUTES.cancel), ...may(stranger),
  ];
}

/** Returns what a role without grants can't do without the API, either. */
function strangers(app: ProofApp, { taskManager: tasks, callers: { stranger } }: Endpoint): Case[] {
  const role = app.role(stranger);
  return [
    ...asks(app, role, undefined),
    deny(role, 'events:PutEvents', app.deployment.valueOf(tasks, tasks.eventBus.eventBusArn), 'not granted', {
      'events:source': [processorSource(tasks.eventSource, 'export')], 'events:detail-type': REPORTED,
    }),
    deny(role, 'sqs:SendMessage', app.deployment.valueOf(tasks, tasks.undeliveredQueue.queueArn), 'not granted', OVER_TLS),
  ];
}

/** Returns the context of a request through the VPC endpoint of a private API. */
export function through({ deployment }: ProofApp, { taskManager, vpcEndpointId }: Place): Case['context'] {
  return vpcEndpointId === undefined ? {} : { 'aws:SourceVpce': deployment.valueOf(taskManager, vpcEndpointId) };
}

/** Returns the same request through no VPC endpoint, and through that of somebody else. */
function fromElsewhere(principal: string, resource: string): Case[] {
  return [
    deny(principal, 'execute-api:Invoke', resource, 'through no VPC endpoint'),
    deny(principal, 'execute-api:Invoke', resource, 'through another VPC endpoint', { 'aws:SourceVpce': 'vpce-another' }),
  ];
}

/** Preflights have no authorization, so that the policy of the API alone decides. It must allow them, and nothing else. */
function preflights(app: ProofApp, place: Place): Case[] {
  const preflight = routeArn(app, place, PREFLIGHT);
  return [
    allow(ANONYMOUS, 'execute-api:Invoke', preflight, through(app, place)),
    ...fromElsewhere(ANONYMOUS, preflight),
    ...Object.values(ROUTES).map((route) =>
      deny(ANONYMOUS, 'execute-api:Invoke', routeArn(app, place, route), 'not a preflight', through(app, place))),
  ];
}

/**
 * Without authorization, and with a user pool after it has authenticated the caller, the policy of the API alone decides. With a Lambda
 * authorizer, table A: what it leaves out must not be allowed by the policy of the API.
 */
function withoutGrants(app: ProofApp, { authorized, ...place }: PrivateApi): Case[] {
  const context = through(app, place);
  const arnOf = (route: Route) => routeArn(app, place, route);
  if (authorized) {
    const role = app.role(authorized);
    return [
      ...Object.values(ROUTES).map((route) => route === ROUTES.list
        ? allow(role, 'execute-api:Invoke', arnOf(route), context)
        : deny(role, 'execute-api:Invoke', arnOf(route), 'not in the policy of the authorizer', context)),
      ...fromElsewhere(role, arnOf(ROUTES.list)),
      ...preflights(app, place),
    ];
  }
  return Object.values(ROUTES).flatMap((route) => [
    allow(ANONYMOUS, 'execute-api:Invoke', arnOf(route), context), ...fromElsewhere(ANONYMOUS, arnOf(route)),
  ]);
}
