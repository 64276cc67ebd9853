import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnEventInvokeConfig, FunctionProps, IDestination, Runtime } from 'aws-cdk-lib/aws-lambda';
import { EventBridgeDestination, LambdaDestination, SnsDestination, SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { aRule, putEvent } from './fixtures/events';
import { until } from './fixtures/processes';
import { aQueue, receive, receiveJson } from './fixtures/queues';
import { aNodeFunction, synthesize } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { withEngine } from '../../local/engine/with-engine';
import { temporaryDirectory } from '../support/temporary-directory';

// Tests our fixes of the engine. They prove nothing about AWS.

jest.setTimeout(120_000);

const RETURNS = 'exports.handler = async event => ({ got: event.detail ?? event })';
const THROWS = 'exports.handler = async () => { throw new RangeError("too far"); }';

let engine: Engine;

beforeAll(async () => engine = await startEngine());
afterAll(() => engine?.stop());

test('invokes the onFailure function with type and message of the error when a function behind a rule throws', async () => {
  const { outputs } = await deployStack('Throws', (stack) => {
    const records = aQueue(stack, 'Records');
    const reporter = aNodeFunction(stack, 'Reporter', 'exports.handler = async event => event', { onSuccess: new SqsDestination(records) });
    const failing = aNodeFunction(stack, 'Failing', THROWS, { onFailure: new LambdaDestination(reporter) });
    aRule(stack, 'Rule', 'throws').addTarget(new LambdaFunction(failing));
  });

  await putEvent(engine, 'throws', { number: 1 });

  const { responsePayload: reported } = await receiveJson(engine, outputs('Throws').Records);
  expect(reported).toEqual({
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestContext: {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionArn: expect.stringMatching(/:function:Throws-Failing[^:]+:\$LATEST$/),
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: expect.objectContaining({ 'source': 'throws', 'detail-type': 'Test', 'detail': { number: 1 } }),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'RangeError', errorMessage: 'too far', trace: expect.arrayContaining(['RangeError: too far']) },
  });
});

test('sends the return value of a function behind a rule to onSuccess', async () => {
  const record = await recordOf('Returns', RETURNS);

  expect(record).toEqual({
    version: '1.0',
    timestamp: expect.any(String),
    requestContext: {
      requestId: expect.any(String),
      functionArn: expect.stringMatching(/:\$LATEST$/),
      condition: 'Success',
      approximateInvokeCount: 1,
    },
    requestPayload: expect.objectContaining({ source: 'Returns' }),
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: { got: { number: 1 } },
  });
});

test.each([
  ['Exits', 'exports.handler = async () => process.exit(0)', 'Runtime.ExitError', /^RequestId: .+ Error: Runtime exited/],
  ['Crashes', 'exports.handler = () => { setTimeout(() => { throw new Error("late") }) }', 'Runtime.ExitError', /^RequestId: .+ Error: Runtime exited/],
  ['Dawdles', 'exports.handler = () => {}', 'Sandbox.Timedout', /^RequestId: .+ Error: Task timed out after 1\.00 seconds$/],
  ['Rejects', 'exports.handler = async () => Promise.reject("no error")', 'string', /^no error$/],
  ['ThrowsAtOnce', 'exports.handler = () => { throw new TypeError("at once"); }', 'TypeError', /^at once$/],
])('counts a failing function as a failed attempt: %s', async (name, code, errorType, errorMessage) => {
  const { requestContext, responsePayload } = await recordOf(name, code, { retryAttempts: 1, timeout: Duration.seconds(1) });

  expect(requestContext).toMatchObject({ condition: 'RetriesExhausted', approximateInvokeCount: 2 });
  expect(responsePayload).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
});

describe('counts rejected and thrown values that are not errors as failed attempts:', () => {
  test.each([
    ['null', 'null', 'handled', /^callback called with Error argument/],
    ['undefined', 'undefined', 'handled', /^callback called with Error argument/],
    ['zero', '0', 'number', /^0$/],
    ['false', 'false', 'boolean', /^false$/],
    ['an empty text', "''", 'string', /^$/],
  ])('%s', async (name, value, errorType, errorMessage) => {
    const stack = `Falsy${name.replaceAll(' ', '')}`;
    const rejecting = await recordOf(`${stack}Rejected`, `exports.handler = () => Promise.reject(${value})`, { retryAttempts: 0 });
    const throwing = await recordOf(`${stack}Thrown`, `exports.handler = () => { throw ${value}; }`, { retryAttempts: 0 });

    for (const { requestContext, responseContext, responsePayload } of [rejecting, throwing]) {
      expect(requestContext).toMatchObject({ condition: 'RetriesExhausted' });
      expect(responseContext).toMatchObject({ functionError: 'Unhandled' });
      expect(responsePayload).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
    }
  });

  test('but not the falsy error of a callback', async () => {
    expect(await recordOf('FalsyCallback', 'exports.handler = (event, context, callback) => callback(0, 7)')).toMatchObject({
      requestContext: { condition: 'Success' }, responsePayload: 7,
    });
  });
});

test('reports errors of Python functions, too', async () => {
  const code = 'def handler(event, context):\n  raise LookupError("not there")';

  const { responsePayload } = await recordOf('Python', code, { runtime: Runtime.PYTHON_3_13, retryAttempts: 0 });

  expect(responsePayload).toMatchObject({ errorType: 'LookupError', errorMessage: 'not there', stackTrace: expect.arrayContaining([expect.stringContaining('in handler')]) });
});

test('retries with the same request ID', async () => {
  const attempts = join(temporaryDirectory('attempts'), 'attempts');

  const { requestContext } = await recordOf('Recovers', `
    const fs = require('fs');
    exports.handler = async (_, { awsRequestId }) => {
      fs.appendFileSync('${attempts}', awsRequestId + ' ');
      if (fs.readFileSync('${attempts}', 'utf8').split(' ').length < 3) throw new Error('not yet');
    }`);

  expect(requestContext).toMatchObject({ condition: 'Success', approximateInvokeCount: 2 });
  expect(readFileSync(attempts, 'utf8')).toBe(`${requestContext.requestId} ${requestContext.requestId} `);
});

test('discards an event that would be too old on AWS, which waits a minute before the second attempt', async () => {
  const { requestContext } = await recordOf('Ages', THROWS, { maxEventAge: Duration.minutes(1) });

  expect(requestContext).toMatchObject({ condition: 'EventAgeExceeded', approximateInvokeCount: 1 });
});

test('uses the settings of the alias that the rule invokes', async () => {
  const { outputs } = await deployStack('Alias', (stack) => {
    const failing = aNodeFunction(stack, 'Failing', THROWS, { onFailure: new SqsDestination(new Queue(stack, 'Others')) });
    const alias = failing.addAlias('live', { onFailure: new SqsDestination(aQueue(stack, 'Records')), retryAttempts: 0 });
    aRule(stack, 'Rule', 'alias').addTarget(new LambdaFunction(alias));
  });

  await putEvent(engine, 'alias');

  expect(await receiveJson(engine, outputs('Alias').Records)).toMatchObject({
    requestContext: { functionArn: expect.stringMatching(/:live$/), approximateInvokeCount: 1 },
    responseContext: { executedVersion: '1' },
  });
});

describe('records of directly invoked functions', () => {
  test('are sent to a queue', async () => {
    expect(await directRecord('ToQueue', (_, queue) => new SqsDestination(queue))).toMatchObject({ responsePayload: { got: 1 } });
  });

  test('are sent to a topic', async () => {
    const { Message } = await directRecord('ToTopic', (stack, queue) => {
      const topic = new Topic(stack, 'Topic');
      topic.addSubscription(new SqsSubscription(queue));
      return new SnsDestination(topic);
    });

    expect(JSON.parse(Message)).toMatchObject({ responsePayload: { got: 1 } });
  });

  test('are sent to a bus', async () => {
    const event = await directRecord('ToBus', (stack, queue) => {
      const eventBus = new EventBus(stack, 'Bus');
      new Rule(stack, 'Rule', { eventBus, eventPattern: { source: ['lambda'] }, targets: [new SqsQueue(queue)] });
      return new EventBridgeDestination(eventBus);
    });

    expect(event).toMatchObject({
      'detail-type': 'Lambda Function Invocation Result - Success',
      'resources': [expect.stringContaining(':event-bus/'), expect.stringContaining(':function:')],
      'detail': { responsePayload: { got: 1 } },
    });
  });
});

test('sends the event of a failed invocation to the dead-letter queue of the function', async () => {
  const { outputs } = await deployStack('DeadLetters', (stack) => {
    const failing = aNodeFunction(stack, 'Failing', THROWS, { retryAttempts: 0 });
    aRule(stack, 'Rule', 'dead-letters').addTarget(new LambdaFunction(failing));
    new CfnOutput(stack, 'Name', { value: failing.functionName });
    new CfnOutput(stack, 'Arn', { value: aQueue(stack, 'DeadLetterQueue').queueArn });
  });
  // The CloudFormation of the engine does not know this property.
  const { Name, Arn, DeadLetterQueue } = outputs('DeadLetters');
  await fetch(`${engine.url}/2015-03-31/functions/${Name}/configuration`, {
    method: 'PUT', body: JSON.stringify({ DeadLetterConfig: { TargetArn: Arn } }),
  });

  await putEvent(engine, 'dead-letters', { number: 1 });

  const { Body, MessageAttributes } = await receive(engine, DeadLetterQueue);
  expect(JSON.parse(Body!)).toMatchObject({ source: 'dead-letters', detail: { number: 1 } });
  expect(MessageAttributes).toMatchObject({
    RequestID: { DataType: 'String', StringValue: expect.any(String) },
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: { DataType: 'String', StringValue: 'too far' },
  });
});

test('does not send a record that the role of the function does not allow, with AUTH on', async () => {
  await withEngine({ auth: true }, async (guarded) => {
    const { outputs } = await deployStack('Roles', (stack) => {
      const denied = aQueue(stack, 'Denied');
      const failing = aNodeFunction(stack, 'Failing', THROWS);
      new CfnEventInvokeConfig(stack, 'Config', {
        functionName: failing.functionName, qualifier: '$LATEST', maximumRetryAttempts: 0, destinationConfig: { onFailure: { destination: denied.queueArn } },
      });
      aRule(stack, 'Rule', 'roles').addTarget(new LambdaFunction(failing));
      const reporter = aNodeFunction(stack, 'Reporter', RETURNS, { onSuccess: new SqsDestination(aQueue(stack, 'Records')) });
      const granted = aNodeFunction(stack, 'Granted', RETURNS, { onSuccess: new LambdaDestination(reporter) });
      aRule(stack, 'OtherRule', 'roles').addTarget(new LambdaFunction(granted));
    }, guarded);

    await putEvent(guarded, 'roles');

    expect(await receiveJson(guarded, outputs('Roles').Records)).toMatchObject({ requestPayload: { requestPayload: { source: 'roles' } } });
    await until(() => /Roles-Failing\S*: its role may not send to arn:aws:sqs:\S+:Roles-Denied/.test(guarded.log(1_000)));
  });
});

/** Sends an event to a function behind a rule. Returns the record of the invocation. */
async function recordOf(name: string, code: string, props: Partial<FunctionProps> = {}): Promise<any> {
  const { outputs } = await deployStack(name, (stack) => {
    const destination = new SqsDestination(aQueue(stack, 'Records'));
    const handler = aNodeFunction(stack, 'Function', code, { onSuccess: destination, onFailure: destination, ...props });
    aRule(stack, 'Rule', name).addTarget(new LambdaFunction(handler));
  });
  await putEvent(engine, name, { number: 1 });
  return receiveJson(engine, outputs(name).Records);
}

/** Invokes a function with the number 1. Returns what its onSuccess destination sends to a queue. */
async function directRecord(name: string, destination: (stack: Stack, queue: Queue) => IDestination): Promise<any> {
  const { outputs } = await deployStack(name, (stack) => {
    const handler = aNodeFunction(stack, 'Function', RETURNS, { onSuccess: destination(stack, aQueue(stack, 'Records')) });
    new CfnOutput(stack, 'Name', { value: handler.functionName });
  });
  const { status } = await fetch(`${engine.url}/2015-03-31/functions/${outputs(name).Name}/invocations`, {
    method: 'POST', headers: { 'x-amz-invocation-type': 'Event' }, body: '1',
  });
  expect(status).toBe(202);
  return receiveJson(engine, outputs(name).Records);
}

function deployStack(name: string, define: (stack: Stack) => void, on = engine): Promise<Deployment> {
  return deploy(on, synthesize((app) => define(new Stack(app, name))));
}
