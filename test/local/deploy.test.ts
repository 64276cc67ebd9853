import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { App, CfnOutput, CfnResource, CfnStack, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { LambdaRestApi } from 'aws-cdk-lib/aws-apigateway';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { temporaryDirectory } from '../support/temporary-directory';
import { aNodeFunction, synthesize, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { EngineError } from '../../local/engine/engine-error';
import { localUrl } from '../../local/engine/local-url';

jest.setTimeout(120_000);

let engine: Engine;

beforeAll(async () => {
  // Variables of a developer's shell must not reach the engine or its functions.
  process.env.AWS_PROFILE = 'nobody';
  process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
  process.env.AWS_ACCESS_KEY_ID = 'the-developers-own';
  engine = await startEngine();
});

afterAll(() => engine?.stop());

test('deploys an API with a function and a table, and calls it at its local URL', async () => {
  const assembly = synthesizeStack((stack) => {
    const table = new Table(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const handler = aNodeFunction(stack, 'Function', `exports.handler = async event => ({
      statusCode: 200,
      body: JSON.stringify({ path: event.path, ...process.env }),
    })`, { environment: { TABLE: table.tableName } });
    const api = new LambdaRestApi(stack, 'Api', { handler });
    new CfnOutput(stack, 'Url', { value: api.url });
  });

  const deployment = await deploy(engine, assembly);
  const url = deployment.apiUrl('Tiny', 'Url');
  const reply = await (await fetch(`${url}hello`)).json() as Record<string, string>;

  expect(url).toMatch(new RegExp(`^${engine.url}/restapis/\\w+/prod/_user_request_/$`));
  expect(reply).toMatchObject({ path: '/hello', AWS_ENDPOINT_URL: engine.url, TABLE: expect.stringMatching(/^Tiny-Table/) });
  expect(reply).not.toHaveProperty('AWS_PROFILE');
  expect(Object.values(reply)).not.toContain('the-developers-own');
});

test('deploys a folder as the code of a function, in Node.js and Python', async () => {
  const node = aFolder({ 'index.js': 'exports.handler = async () => ({ statusCode: 200, body: require("./lib/answer") })', 'lib/answer.js': 'module.exports = "node"' });
  const python = aFolder({ 'index.py': 'def handler(event, context):\n  return {"statusCode": 200, "body": "python"}\n' });
  const assembly = synthesizeStack((stack) => {
    const apis = {
      Node: aNodeFunction(stack, 'Node', 'unused', { code: Code.fromAsset(node) }),
      Python: aNodeFunction(stack, 'Python', 'unused', { code: Code.fromAsset(python), runtime: Runtime.PYTHON_3_13 }),
    };
    for (const [name, handler] of Object.entries(apis)) {
      new CfnOutput(stack, `${name}Url`, { value: new LambdaRestApi(stack, `${name}Api`, { handler }).url });
    }
  });

  const deployment = await deploy(engine, assembly);

  await expect((await fetch(deployment.apiUrl('Tiny', 'NodeUrl'))).text()).resolves.toBe('node');
  await expect((await fetch(deployment.apiUrl('Tiny', 'PythonUrl'))).text()).resolves.toBe('python');
});

test('deploys stacks in the order of their dependencies, also in stages', async () => {
  const assembly = synthesize((app) => {
    const stage = new Stage(app, 'Stage');
    // Defined first, but deployed last.
    const consumer = new Stack(stage, 'Consumer');
    const producer = new Stack(stage, 'Producer');
    const queue = new Queue(producer, 'Queue');
    new CfnOutput(consumer, 'QueueName', { value: queue.queueName });
    new Queue(consumer, 'Other');
  });

  const deployment = await deploy(engine, assembly);

  expect(deployment.stackNames).toEqual(['Stage-Producer', 'Stage-Consumer']);
  expect(deployment.outputs('Stage-Consumer').QueueName).toMatch(/^Stage-Producer-Queue/);
});

test('deploys nested stacks, and templates that are too large for a request', async () => {
  const assembly = synthesize((app) => {
    const stack = new Stack(app, 'Large');
    new StringParameter(new NestedStack(stack, 'Nested'), 'Parameter', { parameterName: 'nested', stringValue: 'there' });
    for (let index = 0; index < 60; index++) {
      new StringParameter(stack, `Parameter${index}`, { stringValue: `${index}`.padEnd(1_000, '.') });
    }
  });

  await deploy(engine, assembly);

  const { Parameter } = await new SSMClient(engine.sdkClientConfig).send(new GetParameterCommand({ Name: 'nested' }));
  expect(Parameter?.Value).toBe('there');
});

test('returns the physical ids of resources', async () => {
  let logicalId = '';
  const assembly = synthesizeStack((stack) => {
    const queue = new Queue(stack, 'Queue');
    logicalId = stack.getLogicalId(queue.node.defaultChild as CfnResource);
  });

  const deployment = await deploy(engine, assembly);
  const attributes = await new SQSClient(engine.sdkClientConfig).send(new GetQueueAttributesCommand({
    QueueUrl: deployment.physicalId('Tiny', logicalId),
    AttributeNames: ['QueueArn'],
  }));

  expect(attributes.Attributes?.QueueArn).toMatch(/^arn:aws:sqs:us-east-1:000000000000:Tiny-Queue/);
});

test('updates a stack that exists, and accepts one without changes', async () => {
  const assemblyWith = (value: string) => synthesize((app) => {
    new CfnOutput(new Stack(app, 'Updated'), 'Value', { value });
    new Queue(app.node.findChild('Updated') as Stack, 'Queue');
  });
  const first = assemblyWith('first');

  await deploy(engine, first);
  await deploy(engine, first);
  const deployment = await deploy(engine, assemblyWith('second'));

  expect(deployment.outputs('Updated')).toEqual({ Value: 'second' });
});

test('reports which resource failed, and why', async () => {
  const assembly = synthesize(failingApp);

  await expect(deploy(engine, assembly)).rejects.toThrow(expect.objectContaining({
    name: 'EngineError',
    message: expect.stringMatching(/^stack Failing ended as ROLLBACK_COMPLETE:\n {2}Broken \(AWS::CloudFormation::Stack\): .+/),
  }));
});

test('reports why CloudFormation refuses a template', async () => {
  const assembly = synthesize((app) => void new CfnResource(new Stack(app, 'Refused'), 'Thing', { type: 'AWS::Nonsense::Thing' }));

  await expect(deploy(engine, assembly)).rejects.toThrow(expect.objectContaining({
    name: 'EngineError',
    message: expect.stringMatching(/^CloudFormation refused stack Refused: .*AWS::Nonsense::Thing/),
  }));
});

test('deploys a stack whose creation failed before', async () => {
  await deploy(engine, synthesize(failingApp)).catch(() => {});

  const deployment = await deploy(engine, synthesize((app) => {
    new CfnOutput(new Stack(app, 'Failing'), 'Value', { value: 'fixed' });
    new Queue(app.node.findChild('Failing') as Stack, 'Queue');
  }));

  expect(deployment.outputs('Failing')).toEqual({ Value: 'fixed' });
});

test('reports only failures of the last update', async () => {
  const assemblyWith = (broken?: string) => synthesize((app) => {
    const stack = new Stack(app, 'Fragile');
    new Queue(stack, 'Queue');
    if (broken) {
      new CfnStack(stack, broken, { templateUrl: 'https://s3.amazonaws.com/no-such-bucket/template.json' });
    }
  });
  await deploy(engine, assemblyWith());
  await deploy(engine, assemblyWith('BrokenFirst')).catch(() => {});

  await expect(deploy(engine, assemblyWith('BrokenThen'))).rejects.toThrow(expect.objectContaining({
    message: expect.stringMatching(/^stack Fragile ended as UPDATE_ROLLBACK_COMPLETE:\n {2}BrokenThen .+$/),
  }));
});

test('deletes its stacks', async () => {
  const assembly = synthesize((app) => void new StringParameter(new Stack(app, 'Deleted'), 'Parameter', { parameterName: 'deleted', stringValue: 'x' }));
  const deployment = await deploy(engine, assembly);

  await deployment.destroy();

  await expect(new SSMClient(engine.sdkClientConfig).send(new GetParameterCommand({ Name: 'deleted' })))
    .rejects.toThrow(expect.objectContaining({ name: 'ParameterNotFound' }));
});

test('lists the existing stacks, outputs and resources in the error about an unknown one', async () => {
  const assembly = synthesize((app) => {
    const stack = new Stack(app, 'Known');
    new Queue(stack, 'Queue');
    new CfnOutput(stack, 'Output', { value: 'x' });
  });

  const deployment = await deploy(engine, assembly);

  expect(() => deployment.outputs('Unknown')).toThrow(new EngineError("there is no stack named 'Unknown'; there are: Known"));
  expect(() => deployment.apiUrl('Known', 'Url')).toThrow(new EngineError("there is no output of Known named 'Url'; there are: Output"));
  expect(() => deployment.physicalId('Known', 'Table')).toThrow(/^there is no resource of Known named 'Table'; there are: .*Queue/);
});

test.each([
  ['https://abc123.execute-api.us-east-1.amazonaws.com/prod/', '/restapis/abc123/prod/_user_request_/'],
  ['https://abc123.execute-api.us-east-1.amazonaws.com/prod/v1/', '/restapis/abc123/prod/_user_request_/v1/'],
  ['https://abc123.execute-api.cn-north-1.amazonaws.com.cn/', '/_aws/execute-api/abc123/$default/'],
])('knows the local URL of the API %s', (awsUrl, path) => {
  expect(localUrl(engine, awsUrl)).toBe(`${engine.url}${path}`);
});

test.each(['prod', 'prod/'])('knows the local URL of a WebSocket API with the stage and path %s', (path) => {
  expect(localUrl(engine, `wss://abc123.execute-api.us-east-1.amazonaws.com/${path}`))
    .toBe(`ws://127.0.0.1:${engine.port}/_aws/execute-api/abc123/prod`);
});

test.each([
  'https://example.com/prod/', 'https://abc123.execute-api.us-east-1.amazonaws.com', 'wss://abc123.execute-api.us-east-1.amazonaws.com/',
  'wss://abc123.execute-api.us-east-1.amazonaws.com/prod/v1',
])('refuses %s as the URL of an API', (awsUrl) => {
  expect(() => localUrl(engine, awsUrl)).toThrow(new EngineError(
    'the URL of an API must look like https://<id>.execute-api.<region>.amazonaws.com/<stage>/ or, if it is an HTTP API, ' +
    'https://<id>.execute-api.<region>.amazonaws.com/ or, if it is a WebSocket API, wss://<id>.execute-api.<region>.amazonaws.com/<stage>, ' +
    `got '${awsUrl}'`,
  ));
});

function failingApp(app: App): void {
  new CfnStack(new Stack(app, 'Failing'), 'Broken', { templateUrl: 'https://s3.amazonaws.com/no-such-bucket/template.json' });
}

function aFolder(files: Record<string, string>): string {
  const folder = temporaryDirectory('code');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
