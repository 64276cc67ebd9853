import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvocationType, InvokeCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { LambdaRestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Alarm, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { aQueue, receive } from './fixtures/queues';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { eventually } from '../support/eventually';
import { awaitAlarm, metricSum } from '../support/metrics';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const FAIL_IF_ASKED = 'exports.handler = async event => { if (event.fail) throw new Error("asked"); }';
const REPLY = 'exports.handler = async ({ queryStringParameters: { status } }) => ({ statusCode: Number(status) })';

let engine: Engine;
let cloudWatch: CloudWatchClient;
let lambda: LambdaClient;
let deployment: Deployment;
let outputs: Record<string, string>;

beforeAll(async () => {
  engine = await startEngine({ auth: true, alarmPeriodScale: 1 / 60 });
  cloudWatch = new CloudWatchClient(engine.sdkClientConfig);
  lambda = new LambdaClient({ ...engine.sdkClientConfig, maxAttempts: 1 });
  deployment = await deploy(engine, synthesizeStack(define));
  outputs = deployment.outputs('Tiny');
});
afterAll(() => engine?.stop());

describe('the metrics of a function', () => {
  test('count direct and asynchronous invocations, and their errors', async () => {
    await invoke('Function', {});
    await invoke('Function', { fail: true });
    await invoke('Function', { fail: true }, 'Event');

    // The asynchronous one has two attempts.
    await eventually('the second attempt', async () => await sumOf('Function', 'Invocations') === 4 || undefined);
    expect(await sumOf('Function', 'Errors')).toBe(3);
    expect(await sumOf('Function', 'Throttles')).toBe(0);
    expect(await sumOf('Function', 'Duration')).toBeGreaterThan(0);
    expect(await sumOf('Function', 'IteratorAge')).toBeUndefined();
  });

  test('count throttled invocations, which are none', async () => {
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: outputs.Throttled, ReservedConcurrentExecutions: 0 }));
    await expect(invoke('Throttled', {})).rejects.toThrow('Rate Exceeded');

    expect(await sumOf('Throttled', 'Throttles')).toBe(1);
    expect(await sumOf('Throttled', 'Invocations')).toBeUndefined();
  });

  test('have the age of the records of a stream', async () => {
    await new DynamoDBClient(engine.sdkClientConfig).send(new PutItemCommand({ TableName: outputs.Table, Item: { id: { S: '1' } } }));

    expect(await eventually('a batch', () => sumOf('OfStream', 'IteratorAge'))).toBeLessThan(60_000);
    expect(await eventually('its end', () => sumOf('OfStream', 'Invocations'))).toBe(1);
  });

  async function invoke(name: string, event: object, type?: InvocationType): Promise<void> {
    await lambda.send(new InvokeCommand({ FunctionName: outputs[name], Payload: JSON.stringify(event), InvocationType: type }));
  }

  function sumOf(name: string, metricName: string): Promise<number | undefined> {
    return metricSum(cloudWatch, { namespace: 'AWS/Lambda', metricName, dimensions: { FunctionName: outputs[name] } });
  }
});

test('alarms on the depth of a queue and on the age of its messages go to ALARM and back to OK', async () => {
  await awaitAlarm(cloudWatch, outputs.DepthAlarm, 'OK');
  await awaitAlarm(cloudWatch, outputs.AgeAlarm, 'OK');

  await new SQSClient(engine.sdkClientConfig).send(new SendMessageCommand({ QueueUrl: outputs.Messages, MessageBody: 'late' }));
  await awaitAlarm(cloudWatch, outputs.DepthAlarm, 'ALARM');
  await awaitAlarm(cloudWatch, outputs.AgeAlarm, 'ALARM');

  await receive(engine, outputs.Messages);
  await awaitAlarm(cloudWatch, outputs.DepthAlarm, 'OK');
  await awaitAlarm(cloudWatch, outputs.AgeAlarm, 'OK');
});

describe.each([
  { kind: 'REST', api: () => ({ ApiName: 'Rest' }), stage: 'prod', clientErrors: '4XXError', serverErrors: '5XXError' },
  { kind: 'HTTP', api: () => ({ ApiId: outputs.HttpId }), stage: '$default', clientErrors: '4xx', serverErrors: '5xx' },
])('the metrics of $kind APIs', ({ kind, api, stage, clientErrors, serverErrors }) => {
  test('count requests and errors, also of API Gateway itself, for the API and its stage', async () => {
    const url = deployment.apiUrl('Tiny', `${kind}Url`);

    for (const path of ['?status=200', '?status=201', '?status=404', '?status=503', 'denied']) await fetch(`${url}${path}`);

    for (const dimensions of [api(), { ...api(), Stage: stage }]) {
      const sumOf = (metricName: string) => metricSum(cloudWatch, { namespace: 'AWS/ApiGateway', metricName, dimensions });
      expect(await Promise.all(['Count', clientErrors, serverErrors].map(sumOf))).toEqual([5, 2, 1]);
      expect(await sumOf('Latency')).toBeGreaterThan(0);
    }
  });
});

function define(stack: Stack): void {
  const output = (id: string, value: string) => new CfnOutput(stack, `${id}Output`, { key: id, value });
  output('Function', aNodeFunction(stack, 'FailIfAsked', FAIL_IF_ASKED, { retryAttempts: 1 }).functionName);
  output('Throttled', aNodeFunction(stack, 'ThrottledFunction', FAIL_IF_ASKED).functionName);

  const table = new Table(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING }, stream: StreamViewType.KEYS_ONLY });
  const ofStream = aNodeFunction(stack, 'OfStreamFunction', FAIL_IF_ASKED);
  ofStream.addEventSource(new DynamoEventSource(table, { startingPosition: StartingPosition.TRIM_HORIZON }));
  output('Table', table.tableName);
  output('OfStream', ofStream.functionName);

  const queue = aQueue(stack, 'Messages');
  const period = { period: Duration.minutes(1), statistic: Stats.MAXIMUM };
  const anAlarm = (id: string, metric: Metric, threshold: number) => {
    output(id, new Alarm(stack, id, { metric, threshold, evaluationPeriods: 1 }).alarmName);
  };
  anAlarm('DepthAlarm', queue.metricApproximateNumberOfMessagesVisible(period), 1);
  anAlarm('AgeAlarm', queue.metricApproximateAgeOfOldestMessage(period), 2);

  const handler = aNodeFunction(stack, 'Reply', REPLY);
  const restApi = new LambdaRestApi(stack, 'Rest', { handler, proxy: false });
  restApi.root.addMethod('GET');
  output('RESTUrl', restApi.url);
  const httpApi = new HttpApi(stack, 'Http');
  const integration = new HttpLambdaIntegration('Integration', handler);
  httpApi.addRoutes({ path: '/', integration });
  httpApi.addRoutes({ path: '/denied', integration, authorizer: new HttpIamAuthorizer() });
  output('HTTPUrl', httpApi.url!);
  output('HttpId', httpApi.apiId);
}
