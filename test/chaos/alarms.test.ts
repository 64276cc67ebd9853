/** Causes each alarm, follows its article in docs/runbook.md, and waits until the alarm is back in OK. */
import * as path from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionConcurrencyCommand, InvokeCommand, LambdaClient, ListEventSourceMappingsCommand, PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand, UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StateMachineTaskProcessor, TaskManager, TaskProcessor } from '../../src';
import { bundleFunction, nodeFunction, observe, UNTHROTTLED } from '../support/deployed-app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { awaitAlarm } from '../support/metrics';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// The engine's metrics and alarms depend on local/engine/fixes. These tests show that our parts fit together, not what AWS does.
jest.setTimeout(900_000);

const STACK = 'Alarms';
/** The periods of alarms are a sixtieth of those on AWS. */
const ALARM_PERIOD_SCALE = 1 / 60;
/** The ages of messages and records are real ones, and `maxLag` is a minute at least. */
const MAX_LAG_SECONDS = 5;
const PATIENCE_MS = 180_000;

let target: Target;
let tasks: DeployedTaskManager;
let cloudWatch: CloudWatchClient;
let functions: LambdaClient;
let queues: SQSClient;

beforeAll(async () => {
  const outdir = temporaryDirectory('alarms');
  const app = new App({ outdir });
  define(new Stack(app, STACK), outdir);
  app.synth();
  target = await deployToTarget(outdir, STACK, { alarmPeriodScale: ALARM_PERIOD_SCALE });
  tasks = new DeployedTaskManager(target, 'Tasks');
  cloudWatch = new CloudWatchClient(target.sdkClientConfig);
  functions = new LambdaClient({ ...target.sdkClientConfig, maxAttempts: 1 });
  queues = new SQSClient(target.sdkClientConfig);
  for (const queue of ['UpdaterQueue', 'UndeliveredQueue', 'StartQueue', 'StopQueue']) {
    await queues.send(new SetQueueAttributesCommand({ QueueUrl: target.output(queue), Attributes: { VisibilityTimeout: '1' } }));
  }
});

afterAll(() => target?.release());

/** Defines processors with all kinds of alarms. Outputs have the names of the alarms, and what the tests break. */
function define(stack: Stack, outdir: string): void {
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, ...UNTHROTTLED });
  observe(stack, 'Tasks', taskManager);
  const handlerOf = (id: string) => nodeFunction(stack, id, bundleFunction(path.join(__dirname, `${id}.lambda.ts`), outdir), Duration.seconds(3));
  const failing = new TaskProcessor(stack, 'FailingProcessor', {
    taskManager, taskType: 'failing', handler: handlerOf('chaotic'), retryAttempts: 0,
  });
  const queued = new TaskProcessor(stack, 'QueuedProcessor', {
    taskManager, taskType: 'queued', handler: handlerOf('queued'), maxConcurrency: 2, retryAttempts: 0, visibilityTimeout: Duration.seconds(3),
  });
  const long = new StateMachineTaskProcessor(stack, 'LongProcessor', {
    taskManager,
    taskType: 'long',
    stateMachine: new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Pass')) }),
  });

  const alarms = taskManager.createAlarms({
    minFailures: 2, maxOverdueAge: Duration.minutes(2), maxServerErrors: 0, maxThrottles: 0,
  });
  for (const alarm of [alarms.publisherLag, alarms.updaterLag, alarms.undeliveredLag]) {
    (alarm.node.defaultChild as CfnAlarm).threshold = MAX_LAG_SECONDS;
  }
  const { starterErrors, stopDeadLetters } = long.createAlarms();
  const ofProcessors = [failing.createAlarms().reporterErrors, queued.createAlarms().stuckDeadLetters!, starterErrors!, stopDeadLetters!];
  for (const alarm of [...alarms.all, ...ofProcessors]) {
    new CfnOutput(stack, `${alarm.node.id}Alarm`, { value: alarm.alarmName });
  }
  const breakable: Record<string, lambda.Function> = {
    ApiHandler: taskManager.apiHandler,
    Publisher: taskManager.statusPublisher,
    Updater: taskManager.statusUpdater,
    Sweeper: taskManager.sweeper,
    FailingReporter: failing.reporter,
    QueuedReporter: queued.reporter,
    Starter: long.starter,
    Stopper: long.stopper,
  };
  for (const [name, { functionName }] of Object.entries(breakable)) new CfnOutput(stack, `${name}Function`, { value: functionName });
  const used: Record<string, sqs.IQueue> = {
    UpdaterQueue: taskManager.statusUpdaterQueue,
    UpdaterDeadLetters: taskManager.statusUpdaterDeadLetterQueue,
    UndeliveredQueue: taskManager.undeliveredQueue,
    UndeliveredDeadLetters: taskManager.undeliveredDeadLetterQueue,
    PublisherDeadLetters: taskManager.statusPublisherDeadLetterQueue,
    StartQueue: long.queue,
    StopQueue: long.stopQueue,
    StopDeadLetters: long.stopDeadLetterQueue,
  };
  for (const [name, { queueUrl }] of Object.entries(used)) new CfnOutput(stack, name, { value: queueUrl });
}

const until = (alarm: string, state: 'ALARM' | 'OK') => awaitAlarm(cloudWatch, target.output(`${alarm}Alarm`), state, PATIENCE_MS);

/** Breaks a function until it is fixed: with a handler that is not there, each invocation fails. */
async function broken(name: string, work: () => Promise<void>): Promise<void> {
  const FunctionName = target.output(`${name}Function`);
  const setHandler = (Handler: string) => functions.send(new UpdateFunctionConfigurationCommand({ FunctionName, Handler }));
  await setHandler('missing.handler');
  try {
    await work();
  } finally {
    await setHandler('index.handler');
  }
}

/** Repeats what causes an alarm, until the alarm goes to ALARM. */
async function untilAlarm(alarm: string, cause: () => Promise<unknown>): Promise<void> {
  let isOver = false;
  const causing = (async () => { while (!isOver) await cause(); })();
  await until(alarm, 'ALARM').finally(() => { isOver = true; });
  await causing;
}

const send = (queue: string, MessageBody: string) => queues.send(new SendMessageCommand({ QueueUrl: target.output(queue), MessageBody }));

/** Deletes all messages of a queue. */
const purge = (queue: string) => queues.send(new PurgeQueueCommand({ QueueUrl: target.output(queue) }));

/** Moves the message of a dead-letter queue back to where it came from. The engine does not know StartMessageMoveTask. */
async function redrive(deadLetters: string, source: string): Promise<void> {
  const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl: target.output(deadLetters) }));
  await send(source, Messages![0].Body!);
  await purge(deadLetters);
}

/** Creates a task without a processor. */
const anOpenTask = () => tasks.create('manual', {});

describe('the dead letters of', () => {
  test('the updater: a malformed report is deleted', async () => {
    await send('UpdaterQueue', 'malformed');
    await until('StatusUpdaterDeadLetters', 'ALARM');

    await purge('UpdaterDeadLetters');
    await until('StatusUpdaterDeadLetters', 'OK');
  });

  test('the updater: reports that it could not write are redriven, and end their tasks', async () => {
    const { taskId } = await anOpenTask();
    await broken('Updater', async () => {
      await tasks.report('manual', { taskId, status: 'SUCCESSFUL' });
      await until('StatusUpdaterDeadLetters', 'ALARM');
    });

    await redrive('UpdaterDeadLetters', 'UpdaterQueue');
    await until('StatusUpdaterDeadLetters', 'OK');
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL' });
  });

  test('the undelivered events: a message that is none is deleted', async () => {
    await send('UndeliveredQueue', 'not a dead letter of EventBridge');
    await until('UndeliveredDeadLetters', 'ALARM');

    await purge('UndeliveredDeadLetters');
    await until('UndeliveredDeadLetters', 'OK');
  });

  test('the publisher: a complete record is given back to it, and deleted', async () => {
    const { taskId } = await anOpenTask();
    await tasks.untilObserved(taskId, 'TaskCreatedEvent');
    const NewImage = (await tasks.items()).find((item) => item.taskId.S === taskId);
    await send('PublisherDeadLetters', JSON.stringify({ eventID: '1', eventName: 'INSERT', dynamodb: { NewImage, SequenceNumber: '1' } }));
    await until('StatusPublisherDeadLetters', 'ALARM');

    const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl: target.output('PublisherDeadLetters') }));
    const { Payload } = await functions.send(new InvokeCommand({
      FunctionName: target.output('PublisherFunction'), Payload: `{"Records":[${Messages![0].Body}]}`,
    }));
    expect(JSON.parse(Payload!.transformToString())).toEqual({ batchItemFailures: [] });
    await purge('PublisherDeadLetters');
    await until('StatusPublisherDeadLetters', 'OK');
  });
});

describe('the sweep', () => {
  test('that does not run raises an alarm until it runs again', async () => {
    // It runs once a minute, and the periods of the alarm have five seconds.
    await until('MissingSweeps', 'ALARM');

    await tasks.sweep();
    await until('MissingSweeps', 'OK');
  });

  test('that fails raises an alarm until it is fixed', async () => {
    await broken('Sweeper', () => untilAlarm('FailingSweeps', () => tasks.sweep().catch(() => undefined)));

    await tasks.sweep();
    await until('FailingSweeps', 'OK');
  });

  test('that finds a task overdue for long raises an alarm until there are none', async () => {
    const { taskId } = await anOpenTask();
    await new DynamoDBClient(target.sdkClientConfig).send(new UpdateItemCommand({
      TableName: tasks.output('Table'),
      Key: { taskId: { S: taskId }, item: { S: 'task' } },
      UpdateExpression: 'SET checkAt = :anHourAgo',
      ExpressionAttributeValues: { ':anHourAgo': { S: new Date(Date.now() - 3_600_000).toISOString() } },
    }));
    await tasks.sweep();
    await until('OverdueTasks', 'ALARM');

    await tasks.sweep();
    await until('OverdueTasks', 'OK');
  });
});

describe('requests', () => {
  test('that fail raise an alarm until the function is fixed', async () => {
    await broken('ApiHandler', () => untilAlarm('ServerErrors', async () => {
      expect((await tasks.request('GET', 'tasks')).status).toBe(502);
    }));

    expect((await tasks.request('GET', 'tasks')).status).toBe(200);
    await until('ServerErrors', 'OK');
  });

  test('that are throttled raise an alarm until there is concurrency', async () => {
    const FunctionName = target.output('ApiHandlerFunction');
    await functions.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    await untilAlarm('Throttles', () => tasks.request('GET', 'tasks'));

    await functions.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect((await tasks.request('GET', 'tasks')).status).toBe(200);
    await until('Throttles', 'OK');
  });
});

test('tasks that fail raise an alarm until the failures are old', async () => {
  const failed = await Promise.all([anOpenTask(), anOpenTask(), anOpenTask()]);
  await tasks.report('manual', ...failed.map(({ taskId }) => ({ taskId, status: 'FAILED', error: { code: 'NoRows', message: 'no rows' } })));
  await until('FailureRate', 'ALARM');
  await until('FailureRate', 'OK');
});

test('events and reports that wait raise alarms until they are handled', async () => {
  const setEnabled = async (name: string, Enabled: boolean) => {
    const { EventSourceMappings = [] } = await functions.send(new ListEventSourceMappingsCommand({ FunctionName: target.output(`${name}Function`) }));
    expect(EventSourceMappings).not.toHaveLength(0);
    for (const { UUID } of EventSourceMappings) await functions.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  };
  const { taskId } = await anOpenTask();
  await tasks.untilObserved(taskId, 'TaskCreatedEvent');
  // The tests above also made messages wait.
  for (const alarm of ['PublisherLag', 'UpdaterLag', 'UndeliveredLag']) await until(alarm, 'OK');
  await setEnabled('Updater', false);
  await setEnabled('Publisher', false);
  const late = await anOpenTask();
  await tasks.report('manual', { taskId, status: 'SUCCESSFUL' });
  await send('UndeliveredQueue', 'not a dead letter of EventBridge');
  await until('UpdaterLag', 'ALARM');
  await until('UndeliveredLag', 'ALARM');

  await setEnabled('Publisher', true);
  await until('PublisherLag', 'ALARM');
  await tasks.untilObserved(late.taskId, 'TaskCreatedEvent');
  await until('PublisherLag', 'OK');
  await setEnabled('Updater', true);
  await until('UpdaterLag', 'OK');
  await until('UndeliveredLag', 'OK');
  expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL' });
});

describe('of a processor,', () => {
  test('a reporter that fails raises an alarm until it is fixed', async () => {
    await broken('FailingReporter', async () => {
      await tasks.create('failing', { behaviour: 'throws' });
      await until('ReporterErrors', 'ALARM');
    });

    const { taskId } = await tasks.create('failing', { behaviour: 'throws' });
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
    await until('ReporterErrors', 'OK');
  });

  test('dead letters that stay raise an alarm until the reporter is fixed, and fails their tasks', async () => {
    const { taskId } = await tasks.create('queued', { throws: true });
    await broken('QueuedReporter', () => until('StuckDeadLetters', 'ALARM'));

    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
    await until('StuckDeadLetters', 'OK');
  });

  test('a starter that fails raises an alarm until it is fixed', async () => {
    await broken('Starter', () => untilAlarm('StarterErrors', () => tasks.create('long', {})));

    const { taskId } = await tasks.create('long', {});
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL' });
    await until('StarterErrors', 'OK');
  });

  test('ends that the stopper could not handle are redriven', async () => {
    await broken('Stopper', async () => {
      const { taskId } = await tasks.create('long', {});
      await tasks.untilEnded(taskId);
      await until('StopDeadLetters', 'ALARM');
    });

    await redrive('StopDeadLetters', 'StopQueue');
    await until('StopDeadLetters', 'OK');
    await eventually('the stopper to handle all messages', async () => {
      const { Attributes } = await queues.send(new GetQueueAttributesCommand({
        QueueUrl: target.output('StopQueue'), AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }));
      return Object.values(Attributes!).every((count) => count === '0') || undefined;
    });
  });
});
