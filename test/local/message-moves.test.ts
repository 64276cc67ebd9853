import {
  CancelMessageMoveTaskCommand, GetQueueAttributesCommand, ListDeadLetterSourceQueuesCommand, ListMessageMoveTasksCommand,
  ListMessageMoveTasksResultEntry, ReceiveMessageCommand, SendMessageCommand, SQSClient, StartMessageMoveTaskCommand,
  StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { aQueue, receive } from './fixtures/queues';
import { synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { withEngine } from '../../local/engine/with-engine';
import { assumeRole } from '../support/assume-role';
import { eventually } from '../support/eventually';

// Tests behavior of the engine that the command line relies on. It proves nothing about AWS.

jest.setTimeout(120_000);

let engine: Engine;
let sqs: SQSClient;
let queues: Record<string, string>;

beforeAll(async () => {
  engine = await startEngine();
  queues = (await deploy(engine, synthesizeStack(defineQueues))).outputs('Tiny');
  sqs = new SQSClient(engine.sdkClientConfig);
});

afterAll(async () => {
  sqs?.destroy();
  await engine?.stop();
});

const arnOf = (url: string) => `arn:aws:sqs:us-east-1:000000000000:${url.split('/').at(-1)}`;

async function send(queueUrl: string, ...bodies: string[]): Promise<void> {
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
}

async function start(input: StartMessageMoveTaskCommandInput, client = sqs): Promise<string> {
  return (await client.send(new StartMessageMoveTaskCommand(input))).TaskHandle!;
}

/** Returns the newest task of a queue. */
async function newest(url: string): Promise<ListMessageMoveTasksResultEntry> {
  const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf(url) }));
  expect(Results).toHaveLength(1);
  return Results![0];
}

/** Waits for the end of the newest task of a queue. */
async function ended(url: string): Promise<ListMessageMoveTasksResultEntry> {
  return eventually('the end of the task', async () => {
    const task = await newest(url);
    return task.Status === 'RUNNING' ? undefined : task;
  });
}

async function messagesIn(url: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes!.ApproximateNumberOfMessages);
}

test('a task moves messages to another queue, each as a new message with its body and attributes', async () => {
  const MessageAttributes = { ERROR_CODE: { DataType: 'String', StringValue: 'NO_PERMISSIONS' } };
  const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl: queues.Dead, MessageBody: 'one', MessageAttributes }));
  await send(queues.Dead, 'two');
  await start({ SourceArn: arnOf(queues.Dead), DestinationArn: arnOf(queues.Other) });

  expect(await ended(queues.Dead)).toEqual({
    Status: 'COMPLETED',
    SourceArn: arnOf(queues.Dead),
    DestinationArn: arnOf(queues.Other),
    ApproximateNumberOfMessagesMoved: 2,
    ApproximateNumberOfMessagesToMove: 2,
    StartedTimestamp: expect.any(Number),
  });
  const moved = [await receive(engine, queues.Other), await receive(engine, queues.Other)];
  expect(moved).toMatchObject([{ Body: 'one', MessageAttributes }, { Body: 'two' }]);
  expect(moved[0].MessageId).not.toBe(MessageId);
  expect(await messagesIn(queues.Dead)).toBe(0);
});

test('a task without a destination moves messages to the queue that they came from', async () => {
  await send(queues.Fed, 'failed');
  for (let attempt = 0; attempt < 2; attempt++) {
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: queues.Fed, VisibilityTimeout: 0 }));
  }
  expect(await messagesIn(queues.Dead)).toBe(1);
  await start({ SourceArn: arnOf(queues.Dead) });

  expect(await ended(queues.Dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
  expect(await receive(engine, queues.Fed)).toMatchObject({ Body: 'failed' });
});

test('a task without a destination fails with a message that came from no queue, and leaves it', async () => {
  await send(queues.Dead, 'sent');
  await start({ SourceArn: arnOf(queues.Dead) });

  const reason = { FailureReason: 'CouldNotDetermineMessageSource', ApproximateNumberOfMessagesMoved: 0 };
  expect(await ended(queues.Dead)).toMatchObject({ Status: 'FAILED', ...reason });
  expect(await receive(engine, queues.Dead)).toMatchObject({ Body: 'sent' });
});

test('a task leaves messages that somebody has received', async () => {
  await send(queues.Dead, 'received');
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: queues.Dead, VisibilityTimeout: 60 }));
  await send(queues.Dead, 'visible');
  await start({ SourceArn: arnOf(queues.Dead), DestinationArn: arnOf(queues.Other) });

  expect(await ended(queues.Dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
  expect(await receive(engine, queues.Other)).toMatchObject({ Body: 'visible' });
});

test('a queue has one task at the same time, which can be cancelled', async () => {
  await send(queues.Slow, '1', '2', '3');
  const input = { SourceArn: arnOf(queues.Slow), DestinationArn: arnOf(queues.Other), MaxNumberOfMessagesPerSecond: 1 };
  const TaskHandle = await start(input);

  expect(await newest(queues.Slow)).toMatchObject({ Status: 'RUNNING', TaskHandle, MaxNumberOfMessagesPerSecond: 1 });
  await expect(start(input)).rejects.toMatchObject({ name: 'InvalidParameterValue', message: expect.stringContaining('already a task running') });
  const { ApproximateNumberOfMessagesMoved: moved } = await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  expect(await newest(queues.Slow)).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: moved });
  expect(await messagesIn(queues.Slow)).toBe(3 - moved!);
  await expect(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toMatchObject({ message: 'Only active tasks can be cancelled.' });
});

test('the tasks of a queue are listed, the newest first', async () => {
  await start({ SourceArn: arnOf(queues.Listed), DestinationArn: arnOf(queues.Other) });
  await ended(queues.Listed);
  await start({ SourceArn: arnOf(queues.Listed) });
  await ended(queues.Listed);

  const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf(queues.Listed), MaxResults: 10 }));
  expect(Results!.map(({ DestinationArn }) => DestinationArn)).toEqual([undefined, arnOf(queues.Other)]);
});

test.each<[string, () => StartMessageMoveTaskCommandInput, string, string]>([
  ['a queue that no queue feeds', () => ({ SourceArn: arnOf(queues.Other), DestinationArn: arnOf(queues.Fed) }),
    'InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.'],
  ['an unknown queue', () => ({ SourceArn: arnOf('/nothing') }),
    'ResourceNotFoundException', "The resource that you specified for the SourceArn parameter doesn't exist."],
  ['an unknown destination', () => ({ SourceArn: arnOf(queues.Dead), DestinationArn: arnOf('/nothing') }),
    'ResourceNotFoundException', "The resource that you specified for the DestinationArn parameter doesn't exist."],
  ['the same queue as destination', () => ({ SourceArn: arnOf(queues.Dead), DestinationArn: arnOf(queues.Dead) }),
    'InvalidParameterValue', 'Source queue arn and destination queue arn cannot be the same.'],
  ['more than 500 messages a second', () => ({ SourceArn: arnOf(queues.Dead), MaxNumberOfMessagesPerSecond: 501 }),
    'InvalidParameterValue', 'Value 501 for parameter MaxNumberOfMessagesPerSecond is invalid.'],
])('a task is refused for %s', async (_, input, name, message) => {
  await expect(start(input())).rejects.toMatchObject({ name, message });
});

test('the queues that feed a dead-letter queue are listed', async () => {
  const sourcesOf = async (QueueUrl: string) => (await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }))).queueUrls;
  expect(await sourcesOf(queues.Dead)).toEqual([queues.Fed]);
  expect(await sourcesOf(queues.Other)).toEqual([]);
});

const SOURCE_ACTIONS = ['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

test('a caller needs the permissions for both queues', async () => {
  const assembly = synthesizeStack((stack) => {
    const { dead, other } = defineQueues(stack);
    for (const missing of [...SOURCE_ACTIONS, 'SendMessage', 'Nothing']) {
      const role = new Role(stack, `Without${missing}`, { assumedBy: new AccountRootPrincipal() });
      const allow = (queue: Queue, ...actions: string[]) => role.addToPrincipalPolicy(new PolicyStatement({
        actions: actions.filter((action) => action !== missing).map((action) => `sqs:${action}`), resources: [queue.queueArn],
      }));
      allow(dead, ...SOURCE_ACTIONS, 'ListMessageMoveTasks', 'CancelMessageMoveTask');
      allow(other, 'SendMessage', 'GetQueueUrl');
      new CfnOutput(stack, `RoleWithout${missing}`, { value: role.roleArn });
    }
  });

  await withEngine({ auth: true }, async (secured) => {
    const outputs = (await deploy(secured, assembly)).outputs('Tiny');
    const input = { SourceArn: arnOf(outputs.Dead), DestinationArn: arnOf(outputs.Other) };
    const as = async (missing: string) => (
      new SQSClient({ ...secured.sdkClientConfig, credentials: await assumeRole(secured, outputs[`RoleWithout${missing}`]) })
    );
    for (const missing of [...SOURCE_ACTIONS, 'SendMessage']) {
      await expect(start(input, await as(missing))).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 }, message: expect.stringContaining(`is not authorized to perform: sqs:${missing}`),
      });
    }
    const allowed = await as('Nothing');
    await start(input, allowed);
    const { Results } = await allowed.send(new ListMessageMoveTasksCommand({ SourceArn: input.SourceArn }));
    expect(Results).toMatchObject([{ SourceArn: input.SourceArn }]);
    await expect((await as('GetQueueAttributes')).send(new ListMessageMoveTasksCommand({ SourceArn: input.SourceArn })))
      .rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

function defineQueues(stack: Stack): { dead: Queue; other: Queue } {
  const fed = (id: string, feeding: string) => {
    const queue = aQueue(stack, id);
    const source = new Queue(stack, `${feeding}Queue`, { deadLetterQueue: { queue, maxReceiveCount: 1 } });
    new CfnOutput(stack, feeding, { value: source.queueUrl });
    return queue;
  };
  const dead = fed('Dead', 'Fed');
  fed('Slow', 'FedSlowly');
  fed('Listed', 'FedListed');
  return { dead, other: aQueue(stack, 'Other') };
}
