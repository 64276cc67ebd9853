import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { TaskEndpoint, TaskManagerProps } from '../../src';

/** An error of API Gateway itself. */
export interface GatewayError {
  readonly status: number;
  readonly contentType: string;
  readonly body: object;
}

/** Where the routes of a TaskManager are, and how API Gateway differs there. */
export interface EndpointKind {
  readonly name: string;

  /** Returns the endpoint of a TaskManager. Each of them has another number. */
  readonly endpoint: (stack: Stack, number: number) => TaskManagerProps['endpoint'];

  /** Whether paths with a slash at the end have a route. */
  readonly ignoresTrailingSlash: boolean;

  /** Whether replies with CORS say that they vary by origin. */
  readonly saysVary: boolean;

  /** Whether scripts of other origins can read API Gateway's own errors. */
  readonly hasReadableErrors: boolean;

  /** The answer to a request without a signature. */
  readonly unsigned: GatewayError;

  /** The answer to a request for an unknown path or method. */
  readonly unknownRoute: GatewayError;
}

const PROBLEM: GatewayError = {
  status: 403,
  contentType: 'application/problem+json',
  body: { title: 'Forbidden', status: 403, detail: 'the request is not authenticated, or there is no such resource or method' },
};

/** The default: a REST API of the TaskManager's own. */
export const REST_API: EndpointKind = {
  name: 'a REST API',
  endpoint: () => undefined,
  ignoresTrailingSlash: true,
  saysVary: true,
  hasReadableErrors: true,
  // API Gateway does not distinguish these.
  unsigned: PROBLEM,
  unknownRoute: PROBLEM,
};

export const HTTP_API: EndpointKind = {
  name: 'an HTTP API',
  endpoint: () => TaskEndpoint.httpApi(),
  ignoresTrailingSlash: false,
  // API Gateway adds the headers of CORS. No cache stores a reply, so that none could mix them up.
  saysVary: false,
  hasReadableErrors: true,
  unsigned: { status: 403, contentType: 'application/json', body: { message: 'Forbidden' } },
  unknownRoute: { status: 404, contentType: 'application/json', body: { message: 'Not Found' } },
};

/** The shop's form of API Gateway's errors. */
const SHOP_ERROR: GatewayError = { status: 403, contentType: 'application/vnd.shop+json', body: { oops: 'Missing Authentication Token' } };

/** The routes are below `/v1`, `/v2`, … of the app's own REST API. */
export const BELOW_RESOURCE: EndpointKind = {
  name: "routes below /v1 of the app's REST API",
  endpoint: (stack, number) => TaskEndpoint.onResource(shopApiOf(stack).root.addResource(`v${number}`)),
  ignoresTrailingSlash: true,
  saysVary: true,
  // They are those of the app.
  hasReadableErrors: false,
  unsigned: SHOP_ERROR,
  unknownRoute: SHOP_ERROR,
};

/** The same, if the API is of another stack. */
export const BELOW_RESOURCE_OF_ANOTHER_STACK: EndpointKind = {
  ...BELOW_RESOURCE,
  name: 'routes below /v1 of a REST API of another stack',
  endpoint: (stack, number) => {
    const shop = stack.node.root.node.tryFindChild('Shop') as Stack ?? new Stack(stack.node.root as never, 'Shop');
    return BELOW_RESOURCE.endpoint(shop, number);
  },
};

/** Returns the REST API of a shop, with errors in a form of its own. */
export function shopApiOf(stack: Stack, props?: apigateway.RestApiProps): apigateway.RestApi {
  const existing = stack.node.tryFindChild('ShopApi');
  if (existing) return existing as apigateway.RestApi;
  const api = new apigateway.RestApi(stack, 'ShopApi', { cloudWatchRole: false, ...props });
  api.applyRemovalPolicy(RemovalPolicy.DESTROY);
  api.root.addResource('orders').addMethod('GET', new apigateway.MockIntegration({
    requestTemplates: { 'application/json': '{"statusCode":200}' }, integrationResponses: [{ statusCode: '200' }],
  }), { methodResponses: [{ statusCode: '200' }] });
  api.addGatewayResponse('Errors', {
    type: apigateway.ResponseType.DEFAULT_4XX,
    templates: { 'application/json': '{"oops":$context.error.messageString}' },
    responseHeaders: { 'Content-Type': `'${SHOP_ERROR.contentType}'` },
  });
  return api;
}
