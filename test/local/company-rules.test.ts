import { GetItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CfnDeletionPolicy, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDeployment, LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AttributeType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import {
  GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, Peer, Port, SecurityGroup, SubnetType, Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { receiveJson } from './fixtures/queues';
import { aNodeFunction, synthesize } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { ACCOUNT, REGION } from '../../local/engine/engine-environment';

// The engine must accept what companies require. It ignores keys, networks and traces, so this proves nothing about them.

jest.setTimeout(120_000);

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, synthesize((app) => defineStack(new Stack(app, 'Tiny', { env: { account: ACCOUNT, region: REGION } }))));
});

afterAll(() => engine?.stop());

test('delivers events of an encrypted bus to an encrypted queue', async () => {
  const { Bus, Target } = deployment.outputs('Tiny');

  await new EventBridgeClient(engine.sdkClientConfig).send(new PutEventsCommand({
    Entries: [{ EventBusName: Bus, Source: 'test', DetailType: 'Test', Detail: '{"a":1}' }],
  }));

  expect(await receiveJson(engine, Target)).toMatchObject({ detail: { a: 1 } });
});

test('stores items in an encrypted table', async () => {
  const dynamoDb = new DynamoDBClient(engine.sdkClientConfig);
  const TableName = deployment.outputs('Tiny').Table;

  await dynamoDb.send(new PutItemCommand({ TableName, Item: { id: { S: '1' } } }));

  expect((await dynamoDb.send(new GetItemCommand({ TableName, Key: { id: { S: '1' } } }))).Item).toEqual({ id: { S: '1' } });
});

test('runs a function in a VPC, with traces and reserved concurrency, behind a stage that only a deployment names', async () => {
  const response = await fetch(deployment.apiUrl('Tiny', 'Url'));

  expect([response.status, await response.text()]).toEqual([200, 'hello']);
});

test('deletes the stack', async () => {
  await deployment.destroy();

  expect((await fetch(deployment.apiUrl('Tiny', 'Url'))).status).toBe(404);
});

function defineStack(stack: Stack): void {
  const encryptionKey = new Key(stack, 'Key', { alias: 'tasks', removalPolicy: RemovalPolicy.DESTROY });
  const encrypted = { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey };
  const target = new Queue(stack, 'Target', encrypted);
  const eventBus = new EventBus(stack, 'Bus', { kmsKey: encryptionKey, deadLetterQueue: new Queue(stack, 'DeadLetters', encrypted) });
  new Rule(stack, 'Rule', { eventBus, eventPattern: { source: ['test'] }, targets: [new SqsQueue(target)] });
  const table = new TableV2(stack, 'Table', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    encryption: TableEncryptionV2.customerManagedKey(encryptionKey),
    deletionProtection: true,
  });

  const outputs = { Bus: eventBus.eventBusName, Target: target.queueUrl, Table: table.tableName, Url: defineApi(stack, encryptionKey) };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${name}Output`, { key: name, value });
}

function defineApi(stack: Stack, encryptionKey: Key): string {
  const vpc = new Vpc(stack, 'Vpc', {
    natGateways: 0,
    availabilityZones: [`${REGION}a`, `${REGION}b`],
    subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
    gatewayEndpoints: { DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB } },
  });
  vpc.addInterfaceEndpoint('EventBridge', { service: InterfaceVpcEndpointAwsService.EVENTBRIDGE });
  const securityGroup = new SecurityGroup(stack, 'SecurityGroup', { vpc, allowAllOutbound: false });
  securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
  const handler = aNodeFunction(stack, 'Function', 'exports.handler = async () => ({ statusCode: 200, body: \'hello\' })', {
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    securityGroups: [securityGroup],
    tracing: Tracing.ACTIVE,
    reservedConcurrentExecutions: 1,
    environmentEncryption: encryptionKey,
    logGroup: new LogGroup(stack, 'Logs', { encryptionKey }),
  });

  const api = new RestApi(stack, 'Api', { cloudWatchRole: false, deploy: false });
  const method = api.root.addMethod('GET', new LambdaIntegration(handler));
  const deployed = new CfnDeployment(stack, 'Deployment', { restApiId: api.restApiId, stageName: 'prod' });
  deployed.node.addDependency(method);
  deployed.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
  return `https://${api.restApiId}.execute-api.${REGION}.amazonaws.com/${deployed.stageName}/`;
}
