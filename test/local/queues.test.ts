import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Stack } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { until } from './fixtures/processes';
import { aQueue, receive, receiveJson } from './fixtures/queues';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { temporaryDirectory } from '../support/temporary-directory';

// Tests behavior of the engine that live updates rely on. It proves nothing about AWS.

jest.setTimeout(120_000);

const LOOP = `exports.handler = async ({ Records: [{ body }] }) => {
  const { round, queue, end } = JSON.parse(body);
  const message = { QueueUrl: round < 20 ? queue : end, MessageBody: JSON.stringify({ round: round + 1, queue, end }) };
  const headers = { 'X-Amz-Target': 'AmazonSQS.SendMessage', 'Content-Type': 'application/x-amz-json-1.0' };
  const { ok } = await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify(message) });
  if (!ok) throw new Error('not sent');
};`;

let engine: Engine;
let sqs: SQSClient;
let queues: Record<string, string>;
let directory: string;

beforeAll(async () => {
  directory = temporaryDirectory('queue');
  engine = await startEngine();
  queues = (await deploy(engine, synthesizeStack(defineQueues))).outputs('Tiny');
  sqs = new SQSClient(engine.sdkClientConfig);
});

afterAll(async () => {
  sqs?.destroy();
  await engine?.stop();
});

test('a standard queue takes message groups, and delivers a group also while one of its messages is in work', async () => {
  const QueueUrl = queues.Fair;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '0', MessageGroupId: 'a' }));
  const { Failed } = await sqs.send(new SendMessageBatchCommand({
    QueueUrl, Entries: ['1', '2'].map((body) => ({ Id: body, MessageBody: body, MessageGroupId: 'a' })),
  }));
  const bodies: string[] = [];
  for (let message = 0; message < 3; message++) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, VisibilityTimeout: 60 }));
    bodies.push(Messages![0].Body!);
  }

  expect([Failed ?? [], bodies.sort()]).toEqual([[], ['0', '1', '2']]);
});

test('a message is delivered after its delay, and others before', async () => {
  const QueueUrl = queues.Delayed;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late', DelaySeconds: 1 }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }));

  expect([(await receive(engine, QueueUrl)).Body, (await receive(engine, QueueUrl)).Body]).toEqual(['now', 'late']);
});

test('a mapping invokes its function no more often at the same time than its maximum concurrency', async () => {
  const files = (prefix: string) => readdirSync(directory).filter((file) => file.startsWith(`${prefix}-`));
  for (const MessageBody of ['0', '1', '2', '3', '4', '5']) await sqs.send(new SendMessageCommand({ QueueUrl: queues.Bounded, MessageBody }));

  await until(() => files('running').length === 2);
  writeFileSync(join(directory, 'release'), '');
  await until(() => files('done').length === 6);

  // Each invocation leaves the number of those that ran when it started, itself included.
  const together = files('together').map((file) => Number(file.split('-')[1]));
  expect([together.length, Math.max(...together)]).toEqual([6, 2]);
});

test('a function that may loop over its queue does so more than 16 times', async () => {
  const message = { round: 0, queue: queues.Loop, end: queues.End };
  await sqs.send(new SendMessageCommand({ QueueUrl: queues.Loop, MessageBody: JSON.stringify(message) }));

  expect(await receiveJson(engine, queues.End)).toMatchObject({ round: 21 });
});

function defineQueues(stack: Stack): void {
  ['Fair', 'Delayed', 'End'].forEach((id) => aQueue(stack, id));
  const bounded = aNodeFunction(stack, 'BoundedFunction', `
    const fs = require('fs'), file = name => '${directory}/' + name;
    exports.handler = async ({ Records: [{ body }] }) => {
      fs.writeFileSync(file('running-' + body), '');
      fs.writeFileSync(file('together-' + fs.readdirSync('${directory}').filter(name => name.startsWith('running-')).length + '-' + body), '');
      while (!fs.existsSync(file('release'))) await new Promise(resolve => setTimeout(resolve, 5));
      fs.rmSync(file('running-' + body));
      fs.writeFileSync(file('done-' + body), '');
    };`);
  bounded.addEventSource(new SqsEventSource(aQueue(stack, 'Bounded'), { batchSize: 1, maxConcurrency: 2 }));
  const looping = aNodeFunction(stack, 'LoopFunction', LOOP, { recursiveLoop: RecursiveLoop.ALLOW });
  looping.addEventSource(new SqsEventSource(aQueue(stack, 'Loop'), { batchSize: 1 }));
}
