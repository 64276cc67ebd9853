import { CfnOutput, Stack } from 'aws-cdk-lib';
import {
  AuthorizationType, CognitoUserPoolsAuthorizer, EndpointType, LambdaIntegration, MethodOptions, RestApi, TokenAuthorizer,
} from 'aws-cdk-lib/aws-apigateway';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { InterfaceVpcEndpointAwsService, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { signInToCognito } from '../support/cognito';
import { aUser, signedBy } from '../support/users';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const AUTHORIZE = `exports.handler = async ({ methodArn }) => ({
  principalId: 'someone',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] },
})`;

let engine: Engine;
let deployment: Deployment;
let caller: Engine['credentials'];

beforeAll(async () => {
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, synthesizeStack(defineApi));
  // The engine lets its own credentials do everything, as those of the account.
  caller = await aUser(engine, 'caller', ['arn:aws:execute-api:*:*:*']);
});

afterAll(() => engine?.stop());

test.each(['none', 'iam', 'cognito', 'token'])('the resource policy allows exactly requests through its VPC endpoint: /%s', async (path) => {
  const { VpcEndpointId } = deployment.outputs('Tiny');

  const statuses = [];
  for (const vpcEndpoint of [VpcEndpointId, 'vpce-00000000000000000', undefined]) {
    const headers: Record<string, string> = vpcEndpoint ? { 'X-Local-Engine-Vpc-Endpoint': vpcEndpoint } : {};
    statuses.push((await call(path, headers)).status);
  }

  expect(statuses).toEqual([200, 403, 403]);
});

test('a VPC endpoint does not replace the permission of a caller', async () => {
  const nobody = await aUser(engine, 'nobody');
  const headers = { 'X-Local-Engine-Vpc-Endpoint': deployment.outputs('Tiny').VpcEndpointId };

  const responses = await Promise.all([signedBy(engine, nobody)(`${url()}iam`, { headers }), fetch(`${url()}cognito`, { headers })]);

  expect(responses.map(({ status }) => status)).toEqual([403, 401]);
});

async function call(path: string, headers: Record<string, string>): Promise<Response> {
  switch (path) {
    case 'iam': return signedBy(engine, caller)(`${url()}${path}`, { headers });
    case 'cognito': {
      const { UserPoolId, AppClientId } = deployment.outputs('Tiny');
      const { IdToken } = await signInToCognito(engine, UserPoolId, AppClientId);
      return fetch(`${url()}${path}`, { headers: { ...headers, Authorization: IdToken } });
    }
    default: return fetch(`${url()}${path}`, { headers: { ...headers, Authorization: 'token' } });
  }
}

function url(): string {
  return deployment.apiUrl('Tiny', 'Url');
}

function defineApi(stack: Stack): void {
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED }] });
  const vpcEndpoint = vpc.addInterfaceEndpoint('ExecuteApi', { service: InterfaceVpcEndpointAwsService.APIGATEWAY });
  const everyCall = { principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] };
  const elsewhere = { StringNotEquals: { 'aws:SourceVpce': vpcEndpoint.vpcEndpointId } };
  const api = new RestApi(stack, 'Api', {
    cloudWatchRole: false,
    endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints: [vpcEndpoint] },
    policy: new PolicyDocument({
      statements: [
        // IAM methods need the permission of the caller: the policy must not allow those.
        new PolicyStatement({ ...everyCall, resources: ['execute-api:/*/GET/none', 'execute-api:/*/GET/cognito'] }),
        new PolicyStatement({ ...everyCall, effect: Effect.DENY, conditions: elsewhere }),
      ],
    }),
  });
  const integration = new LambdaIntegration(aNodeFunction(stack, 'Function', 'exports.handler = async () => ({ statusCode: 200 })'));
  const addGet = (path: string, options: MethodOptions) => api.root.addResource(path).addMethod('GET', integration, options);
  addGet('none', {});
  addGet('iam', { authorizationType: AuthorizationType.IAM });
  const userPool = new UserPool(stack, 'UserPool');
  const app = userPool.addClient('App', { authFlows: { userPassword: true } });
  addGet('cognito', { authorizer: new CognitoUserPoolsAuthorizer(stack, 'Cognito', { cognitoUserPools: [userPool] }) });
  addGet('token', { authorizer: new TokenAuthorizer(stack, 'Token', { handler: aNodeFunction(stack, 'Authorize', AUTHORIZE) }) });

  const outputs = {
    Url: api.url,
    VpcEndpointId: vpcEndpoint.vpcEndpointId,
    UserPoolId: userPool.userPoolId,
    AppClientId: app.userPoolClientId,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
}
