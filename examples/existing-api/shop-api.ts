import { Stack, StackProps } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** The API that a shop has already: `GET /v1/orders`, for callers that an authorizer lets in. */
export class ShopApi extends Stack {
  public readonly v1: apigateway.Resource;
  public readonly authorizer: apigateway.TokenAuthorizer;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.authorizer = new apigateway.TokenAuthorizer(this, 'Authorizer', { handler: this.defineFunction('AuthorizerFunction', AUTHORIZER) });
    const api = new apigateway.RestApi(this, 'Api', {
      cloudWatchRole: false,
      deployOptions: { stageName: 'live' },
      defaultMethodOptions: { authorizer: this.authorizer },
      defaultCorsPreflightOptions: { allowOrigins: ['https://shop.example.com'] },
    });
    this.v1 = api.root.addResource('v1');
    this.v1.addResource('orders').addMethod('GET', new apigateway.LambdaIntegration(this.defineFunction('Orders', ORDERS)));
  }

  private defineFunction(id: string, code: string): lambda.Function {
    return new lambda.Function(this, id, {
      code: lambda.Code.fromInline(code), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
    });
  }
}

/** Lets in callers with a token `customer-…`. A real one would check the token. The policy is for all methods, because it is cached. */
const AUTHORIZER = `exports.handler = async ({ authorizationToken, methodArn }) => {
  if (!/^customer-/.test(authorizationToken)) throw new Error('Unauthorized');
  const [api, stage] = methodArn.split('/');
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: api + '/' + stage + '/*' }];
  return { principalId: authorizationToken, policyDocument: { Version: '2012-10-17', Statement } };
};`;

const ORDERS = "exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ orders: ['o-1', 'o-2'] }) });";
