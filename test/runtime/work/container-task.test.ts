import { DescribeTasksCommand, ECSClient, ListTasksCommand, StopTaskCommand, Task } from '@aws-sdk/client-ecs';
import { GetExecutionHistoryCommand, HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { ContainerTask } from '../../../src/runtime/work/container-task';
import { Executions } from '../../../src/runtime/work/executions';
import { TRACE } from '../../support/builders';
import { aWorkTask, executionArn, WRAPPER_ARN } from '../../support/work';

const ecs = mockClient(ECSClient);
const sfn = mockClient(SFNClient);
const sleep = jest.fn(async (_: number) => {});
const CLUSTER = 'arn:aws:ecs:us-east-1:111111111111:cluster/Cluster';
const NAME = 'name';

const containerTaskOf = (resultBucketName?: string) => new ContainerTask({
  ecs: new ECSClient({}),
  clusterArn: CLUSTER,
  family: 'Family',
  containerName: 'main',
  resultBucketName,
  wrappers: new Executions({ sfn: new SFNClient({}), stateMachineArn: WRAPPER_ARN, sleep }),
  sleep,
});
const work = containerTaskOf('results');

/** The ECS tasks of the cluster, by ARN. */
let tasks: Map<string, Task>;

const arnOf = (id: string) => `arn:aws:ecs:us-east-1:111111111111:task/Cluster/${id}`;

function add(id: string, task: Partial<Task> = {}): void {
  tasks.set(arnOf(id), { taskArn: arnOf(id), group: NAME, desiredStatus: 'RUNNING', lastStatus: 'RUNNING', ...task });
}

/** Sets the history of the wrapper, the latest event last. */
function happened(...history: Partial<HistoryEvent>[]): void {
  sfn.on(GetExecutionHistoryCommand).resolves({ events: history.reverse().map((event, id) => ({ id, ...event }) as HistoryEvent) });
}

const scheduled = { taskScheduledEventDetails: { resourceType: 'ecs', resource: 'runTask.sync', region: 'us-east-1', parameters: '{}' } };
const submitted = (id: string) => ({
  taskSubmittedEventDetails: { resourceType: 'ecs', resource: 'runTask.sync', output: JSON.stringify({ Tasks: [{ TaskArn: arnOf(id) }] }) },
});
const described = {
  taskScheduledEventDetails: { resourceType: 'aws-sdk:ecs', resource: 'describeTasks', region: 'us-east-1', parameters: '{}' },
};

beforeEach(() => {
  ecs.reset();
  sfn.reset();
  sleep.mockReset();
  tasks = new Map();
  ecs.on(DescribeTasksCommand).callsFake(({ tasks: arns }) => {
    const found: Task[] = arns.flatMap((arn: string) => tasks.get(arn) ?? []);
    // Its containers end after that.
    for (const task of found) {
      if (task.desiredStatus === 'STOPPED') tasks.set(task.taskArn!, { ...task, lastStatus: 'STOPPED' });
    }
    return { tasks: found };
  });
  ecs.on(ListTasksCommand).callsFake(() => ({ taskArns: [...tasks.keys()] }));
  ecs.on(StopTaskCommand).callsFake(({ task }) => {
    tasks.set(task, { ...tasks.get(task), desiredStatus: 'STOPPED' });
    return {};
  });
  happened();
});

const stops = () => ecs.commandCalls(StopTaskCommand).map(({ args: [{ input }] }) => input);
const stoppedIds = () => stops().map(({ task }) => task!.split('/').at(-1));

describe('the stop of a container', () => {
  test('stops the task in the history of the wrapper, and says why', async () => {
    add('one');
    happened(scheduled, submitted('one'));
    await work.stop(NAME, 'task t has ended as CANCELLED');
    expect(stops()).toEqual([{ cluster: CLUSTER, task: arnOf('one'), reason: 'task t has ended as CANCELLED' }]);
    expect(sfn.commandCalls(GetExecutionHistoryCommand).map(({ args: [{ input }] }) => input.executionArn))
      .toEqual([executionArn(WRAPPER_ARN, NAME)]);
    expect(ecs.commandCalls(ListTasksCommand)).toEqual([]);
  });

  test('stops the last task if ECS has reclaimed the one before', async () => {
    add('one', { lastStatus: 'STOPPED' });
    add('two');
    happened(scheduled, submitted('one'), described, scheduled, submitted('two'));
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['two']);
  });

  test('stops a task by its group if the history does not have its start', async () => {
    add('one');
    add('other', { group: 'other' });
    happened(scheduled);
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['one']);
    expect(ecs.commandCalls(ListTasksCommand).map(({ args: [{ input }] }) => input))
      .toEqual([{ cluster: CLUSTER, family: 'Family', maxResults: 100, nextToken: undefined }]);
  });

  test('stops a task by its group if the history does not name it', async () => {
    add('one');
    happened(scheduled, { taskSubmittedEventDetails: { resourceType: 'ecs', resource: 'runTask.sync' } });
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['one']);
  });

  test('stops a task by its group that starts again while its wrapper stops', async () => {
    add('one', { lastStatus: 'STOPPED' });
    add('two');
    happened(scheduled, submitted('one'), described, scheduled);
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['two']);
  });

  test('finds a task by its group also in another attempt, when the wrapper has stopped long ago', async () => {
    add('one');
    happened(scheduled);
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['one']);
  });

  test('finds a task by its group on a later page', async () => {
    add('one');
    ecs.on(ListTasksCommand, { nextToken: undefined }).resolves({ taskArns: [], nextToken: 'more' })
      .on(ListTasksCommand, { nextToken: 'more' }).resolves({ taskArns: [arnOf('one')] });
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['one']);
  });

  test('stops a task that appears after the wrapper was stopped', async () => {
    sleep.mockImplementationOnce(async () => {}).mockImplementationOnce(async () => add('one'));
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['one']);
  });

  test('looks for a task during five seconds', async () => {
    await work.stop(NAME, 'cause');
    expect(sleep.mock.calls).toEqual(Array(5).fill([1_000]));
  });

  test('looks again for a task that the history has, but ECS does not know yet', async () => {
    happened(scheduled, submitted('one'));
    sleep.mockImplementationOnce(async () => add('one'));
    await work.stop(NAME, 'cause');
    expect(stoppedIds()).toEqual(['one']);
  });

  test.each<[string, Partial<Task>]>([
    ['stops already', { desiredStatus: 'STOPPED' }],
    ['has stopped', { desiredStatus: 'STOPPED', lastStatus: 'STOPPED' }],
  ])('leaves a task alone that %s', async (_, task) => {
    add('one', task);
    happened(scheduled, submitted('one'));
    await work.stop(NAME, 'cause');
    expect(stops()).toEqual([]);
  });

  test('waits until its containers have ended', async () => {
    add('one');
    happened(scheduled, submitted('one'));
    await work.stop(NAME, 'cause');
    expect(tasks.get(arnOf('one'))).toMatchObject({ lastStatus: 'STOPPED' });
  });

  test('fails if its containers do not end, so that it comes again', async () => {
    add('one', { desiredStatus: 'STOPPED' });
    happened(scheduled, submitted('one'));
    ecs.on(DescribeTasksCommand).callsFake(() => ({ tasks: [tasks.get(arnOf('one'))] }));
    await expect(work.stop(NAME, 'cause')).rejects.toThrow(`ECS task ${arnOf('one')} has not stopped yet`);
    expect(sleep).toHaveBeenCalledTimes(10);
  });

  test.each([StopTaskCommand, DescribeTasksCommand, ListTasksCommand])('fails if ECS refuses a call', async (command) => {
    add('one');
    ecs.on(command as any).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    await expect(work.stop(NAME, 'cause')).rejects.toThrow('not authorized');
  });

  test('fails if Step Functions does not return the history', async () => {
    sfn.on(GetExecutionHistoryCommand).rejects(new Error('Rate exceeded'));
    await expect(work.stop(NAME, 'cause')).rejects.toThrow('Rate exceeded');
  });
});

describe('the input of the wrapper', () => {
  const inputOf = (...[task, bucket = 'results']: [Parameters<typeof aWorkTask>[0], string?]) =>
    JSON.parse(containerTaskOf(bucket || undefined).inputFor(aWorkTask(task))!);
  const environmentOf = (...[task, bucket]: Parameters<typeof inputOf>) => {
    const { environment } = inputOf(task, bucket);
    return Object.fromEntries(environment.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]));
  };
  const { taskId, reportTo } = aWorkTask();

  test('has the whole task in the environment of the container', () => {
    expect(environmentOf({ owner: 'ann', payload: { title: 'März' } })).toEqual({
      TASK_ID: taskId,
      TASK_TYPE: 'video',
      TASK_OWNER: 'ann',
      TASK_PAYLOAD: '{"title":"März"}',
      TASK_CREATED_AT: '2026-11-23T10:00:00.000Z',
      TASK_DEADLINE: '2026-11-23T11:00:00.000Z',
      TASK_REPORT_TO: JSON.stringify(reportTo),
      TRACEPARENT: TRACE.traceparent,
      TASK_RESULT_URI: `s3://results/tasks/video/${taskId}/result-20261123T100000000Z.json`,
    });
  });

  test('has no variable for what there is not', () => {
    expect(Object.keys(environmentOf({ traceparent: undefined }, ''))).toEqual(['TASK_ID', 'TASK_TYPE', 'TASK_CREATED_AT', 'TASK_DEADLINE', 'TASK_REPORT_TO']);
  });

  test('says where a long payload is', () => {
    const environment = environmentOf({ payloadObject: { bucketName: 'results', key: 'tasks/video/a/payload-1.json' } });
    expect(environment).toMatchObject({ TASK_PAYLOAD_URI: 's3://results/tasks/video/a/payload-1.json' });
    expect(environment).not.toHaveProperty('TASK_PAYLOAD');
  });

  test.each<[unknown, string]>([[null, 'null'], [0, '0'], [false, 'false'], ['', '""']])('has the payload %j as %s', (payload, json) => {
    expect(environmentOf({ payload })).toMatchObject({ TASK_PAYLOAD: json });
  });

  test('has the payload once', () => {
    expect(inputOf({ payload: 'secret' }).task).not.toHaveProperty('payload');
  });

  test('has the state of the trace if there is room for it, and the payload in any case', () => {
    const tracestate = `vendor=${'"'.repeat(505)}`;
    expect(environmentOf({ tracestate, payload: 'x'.repeat(6000) })).toMatchObject({ TRACEPARENT: TRACE.traceparent, TRACESTATE: tracestate });
    const crowded = environmentOf({ tracestate, payload: 'x'.repeat(7000) });
    expect(crowded).toMatchObject({ TRACEPARENT: TRACE.traceparent, TASK_PAYLOAD: JSON.stringify('x'.repeat(7000)) });
    expect(crowded).not.toHaveProperty('TRACESTATE');
  });

  test('has room for the longest payload without a bucket beside all the longest names', () => {
    const longest = {
      taskId: 'i'.repeat(64),
      type: 't'.repeat(64),
      owner: '"'.repeat(256),
      payload: '"'.repeat(1279),
      tracestate: `vendor=${'"'.repeat(505)}`,
      reportTo: { eventBusName: 'b'.repeat(256), source: 's'.repeat(256), statusReaderArn: 'f'.repeat(130), resultBucketName: 'r'.repeat(63) },
    };
    expect(Buffer.byteLength(JSON.stringify(longest.payload))).toBe(2560);
    expect(environmentOf(longest, 'r'.repeat(63))).toMatchObject({ TASK_PAYLOAD: JSON.stringify(longest.payload), TRACEPARENT: TRACE.traceparent });
  });

  test('counts the starts', () => {
    expect(inputOf({})).toMatchObject({ attempt: 1, reclaims: 0, task: { taskId } });
  });
});
