/** Live updates on the local engine, with IAM on: connections that are cut, functions that fail, and messages that make no sense. */
import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AwsClient } from 'aws4fetch';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { Task, TaskClient } from '../../client/src';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskLiveUpdates, TaskManager } from '../../src';
import { isTerminal } from '../../src/protocol/wire';
import { observe, UNTHROTTLED } from '../support/deployed-app';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { functionLogs } from '../support/function-logs';
import { LiveSocket, openSocket, presigned } from '../support/live-socket';
import { ProxyProcess } from '../support/proxy-process';
import { Random } from '../support/random';
import { Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(300_000);

const STACK = 'LiveChaos';
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
const WATCHED_TASKS = 200;
/** More watchers of the first task. */
const MORE_WATCHERS = 20;
/** Each has a client of its own, and so a socket. */
const PAGES = 50;
const STEPS = 5;
const PROGRESS_MESSAGE = 'confidential rows';

let engine: Engine;
let target: Target;
let tasks: DeployedTaskManager;
let proxy: ProxyProcess;
let liveUrl: string;
const random = new Random(SEED);

beforeAll(async () => {
  console.log(`live chaos: seed ${SEED}; to repeat: SEED=${SEED}`);
  const outdir = temporaryDirectory('live-chaos');
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, ...UNTHROTTLED });
  observe(stack, 'Tasks', taskManager);
  const live = new TaskLiveUpdates(stack, 'Live', { taskManager, throttlingRateLimit: 10_000, throttlingBurstLimit: 5_000 });
  const outputs = {
    LiveUrl: live.url,
    Sender: live.sender.functionName,
    Publisher: live.publisher.functionName,
    Queue: live.queue.queueUrl,
    DeadLetters: live.deadLetterQueue.queueUrl,
    Connections: live.table.tableName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  app.synth();

  engine = await startEngine({ auth: true });
  const deployment = await deploy(engine, outdir);
  target = {
    ...engine,
    output: (name) => deployment.outputs(STACK)[name],
    apiUrl: (name) => deployment.apiUrl(STACK, name),
    release: () => engine.stop(),
  };
  tasks = new DeployedTaskManager(target, 'Tasks');
  proxy = await ProxyProcess.start(engine.port);
  liveUrl = target.apiUrl('LiveUrl');
});

afterAll(async () => {
  await proxy?.kill();
  await engine?.stop();
});

const signed = (url: string) => presigned(url, engine.credentials, engine.region);

/** The sockets of the clients under test. */
class TestSocket extends WebSocket {
  public static readonly all: TestSocket[] = [];
  public messages = 0;

  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    TestSocket.all.push(this);
    this.on('message', () => this.messages++);
  }
}

/** Follows tasks with the npm client, over one socket. */
class Page {
  public polls = 0;
  private readonly client: TaskClient;

  constructor() {
    const aws = new AwsClient({ ...engine.credentials, region: engine.region, service: 'execute-api', retries: 0 });
    this.client = new TaskClient({
      url: tasks.url(''),
      fetch: (url, init) => {
        this.polls++;
        return aws.fetch(url, init);
      },
      liveUrl: () => signed(liveUrl.replace(`:${engine.port}`, `:${proxy.port}`)),
      webSocket: TestSocket as never,
    });
  }

  /** Returns what the client yields about a task, until its end. */
  public async follow(taskId: string): Promise<Task[]> {
    const states: Task[] = [];
    for await (const task of this.client.watch(taskId)) states.push(task);
    return states;
  }
}

/** Place of a task in its life: all reports of the test have another one. */
function placeOf({ status, progress }: Task): number {
  if (isTerminal(status)) return Infinity;
  return status === 'PENDING' ? -1 : progress?.percent ?? 0;
}

async function configureSender(Handler: string): Promise<void> {
  await new LambdaClient(target.sdkClientConfig).send(new UpdateFunctionConfigurationCommand({ FunctionName: target.output('Sender'), Handler }));
}

test(`${WATCHED_TASKS + MORE_WATCHERS} watchers see the end of their tasks in spite of failures, and none sees a task go back`, async () => {
  // A message that failed is repeated at once, and not after minutes.
  await new SQSClient(target.sdkClientConfig).send(new SetQueueAttributesCommand({
    QueueUrl: target.output('Queue'), Attributes: { VisibilityTimeout: '2' },
  }));
  const created: TaskView[] = [];
  for (let batch = 0; batch < WATCHED_TASKS; batch += 20) {
    created.push(...await Promise.all(Array.from({ length: 20 }, () => tasks.create('export', {}))));
  }
  const startedAt = Date.now();
  const pages = Array.from({ length: PAGES }, () => new Page());
  const watched = [...created, ...Array<TaskView>(MORE_WATCHERS).fill(created[0])].map(({ taskId }) => taskId);
  const following = Promise.all(watched.map((taskId, i) => pages[i % PAGES].follow(taskId)));
  const open = () => TestSocket.all
    .filter(({ readyState, isPaused, messages }) => readyState === WebSocket.OPEN && !isPaused && messages > 0);
  const untilOpen = async () => eventually('most pages to have a socket', async () => open().length >= 0.8 * PAGES || undefined);

  let [cut, halfOpen] = [0, 0];
  await untilOpen();
  for (let step = 1; step <= STEPS; step++) {
    if (step === 3) {
      await proxy.kill();
      await proxy.restart();
      await untilOpen();
    }
    if (step === 4) await configureSender('index.missing');
    for (let batch = 0; batch < created.length; batch += 10) {
      const socket = random.pick(open());
      if (socket && random.chance(0.4)) {
        socket.terminate();
        cut++;
      } else if (socket && random.chance(0.2)) {
        // The client sends, and hears nothing any more.
        socket.pause();
        halfOpen++;
      }
      const details = created.slice(batch, batch + 10).map(({ taskId }) => (step < STEPS
        ? { taskId, status: 'RUNNING', sequence: step, progress: { percent: 10 * step, message: PROGRESS_MESSAGE } }
        : random.pick([{ taskId, status: 'SUCCESSFUL', result: 'confidential' }, { taskId, status: 'FAILED', error: { code: 'Full', message: 'disk' } }])));
      await tasks.report('export', ...details);
    }
    if (step === 4) await configureSender('index.handler');
  }

  for (const [i, states] of (await following).entries()) {
    const truth = await tasks.find(watched[i]);
    expect(isTerminal(truth.status as Task['status'])).toBe(true);
    expect(states.at(-1)).toMatchObject({ taskId: truth.taskId, status: truth.status });
    const places = states.map(placeOf);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
  for (const socket of TestSocket.all) socket.resume();
  await eventually('all sockets to be closed', async () => TestSocket.all.every(({ readyState }) => readyState === WebSocket.CLOSED) || undefined);

  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  console.log(`live chaos: ${watched.length} watchers of ${created.length} tasks on ${PAGES} pages, ${TestSocket.all.length} sockets, ${cut} cut, `
    + `${halfOpen} half-open, ${sum(TestSocket.all.map(({ messages }) => messages))} messages, ${sum(pages.map(({ polls }) => polls))} requests, `
    + `${Math.round((Date.now() - startedAt) / 1000)} s`);
});

describe('a connection', () => {
  let socket: LiveSocket;
  let taskId: string;
  beforeAll(async () => {
    ({ taskId } = await tasks.create('export', {}));
    socket = await openSocket(await signed(liveUrl), { protocols: ['cdk-task-manager'] });
  });
  afterAll(() => socket?.close());

  /** Returns the answer to a message. There is one to each, and no task changes meanwhile. */
  async function answerTo(message: string | Uint8Array): Promise<any> {
    socket.socket.send(message);
    return socket.next();
  }

  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.constantFrom('__proto__', 'constructor', 'toString', '\ud800', '\u0000'));
  // Without '$connect': the engine lets a message select this route, which has no answers.
  const action = fc.oneof(text, fc.constantFrom('watch', 'unwatch', 'watchAll', 'unwatchAll', 'ping', 'Watch', '$disconnect', '$default'));
  const anything = fc.oneof(fc.jsonValue(), text);
  const id = fc.oneof(anything, fc.constant(null).map(() => taskId), fc.uuid(), fc.nat({ max: 130_000 }).map((length) => 'ü'.repeat(length / 2)));
  const object = fc.record({ action: fc.oneof(action, anything), taskId: id, more: anything }, { requiredKeys: [] });
  const polluted = object.map((value) => JSON.stringify(value).replace(/^\{/, '{"__proto__":{"action":"ping","taskId":"x"},"constructor":{"prototype":{}},'));
  // The engine itself, which is in Python, can't read deeper JSON.
  const deep = fc.tuple(fc.nat({ max: 800 }), fc.constantFrom('[', '{"a":', '{"action":')).map(([depth, part]) => part.repeat(depth / 2));
  const huge = fc.tuple(fc.constantFrom(32, 64, 127), object).map(([kilobytes, value]) => JSON.stringify({ ...value, fill: 'x'.repeat(kilobytes * 1024 - 300) }));
  const message = fc.oneof(
    { weight: 4, arbitrary: object.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: text }, { weight: 1, arbitrary: polluted }, { weight: 1, arbitrary: deep }, { weight: 1, arbitrary: huge },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1000 }) },
  ).filter((value) => Buffer.byteLength(value) <= 128 * 1024);

  /** Returns the answers that are right for a message. */
  function rightFor(sent: string | Uint8Array): unknown[] {
    const invalid = { error: { code: 'InvalidMessage', message: expect.stringContaining('a message must be JSON') } };
    let value: { action?: unknown; taskId?: unknown };
    try {
      value = { ...JSON.parse(Buffer.from(sent as string).toString()) };
    } catch {
      return [invalid];
    }
    if (['watchAll', 'unwatchAll', 'ping'].includes(value.action as string)) return [{ action: value.action }];
    if (typeof value.taskId !== 'string' || value.taskId.length > 256) return [invalid];
    const echo = { action: value.action, taskId: value.taskId };
    if (value.action === 'unwatch') return [echo];
    if (value.action !== 'watch') return [invalid];
    if (value.taskId === taskId) return [expect.objectContaining({ taskId, version: 1, status: 'PENDING' })];
    return [{ error: { code: 'NoSuchTask', message: 'there is no such task' }, ...echo }];
  }

  test('gets a right answer or an error for each message, and lives', async () => {
    await fc.assert(fc.asyncProperty(message, async (sent) => {
      expect(rightFor(sent)).toContainEqual(await answerTo(sent));
    }), { seed: SEED, numRuns: 300 });
    expect(await answerTo('{"action":"ping"}')).toEqual({ action: 'ping' });
    expect(({} as { action?: string }).action).toBeUndefined();
  });

  test('gets an answer to each of many messages at once', async () => {
    const many = await openSocket(await signed(liveUrl));
    for (let i = 0; i < 100; i++) many.send({ action: 'watch', taskId: i % 2 ? taskId : randomUUID() });
    for (let i = 0; i < 100; i++) await many.next();
    expect(many.messages.filter(({ status }) => status === 'PENDING')).toHaveLength(50);
    expect(many.messages.filter(({ error }) => error?.code === 'NoSuchTask')).toHaveLength(50);
    await many.close();
  });

  test('is ended by API Gateway if a message is too large, and others stay', async () => {
    const other = await openSocket(await signed(liveUrl));
    other.send('x'.repeat(128 * 1024 + 1));
    expect(await other.closed).toMatchObject({ code: 1009 });
    expect(await answerTo('{"action":"ping"}')).toEqual({ action: 'ping' });
  });
});

test('what is delivered twice, late or again reaches a watcher as a double at most, and never takes a task back', async () => {
  const sqs = new SQSClient(target.sdkClientConfig);
  const { taskId, createdAt } = await tasks.create('export', {});
  const socket = await openSocket(await signed(liveUrl));
  socket.send({ action: 'watch', taskId });
  socket.send({ action: 'watchAll' });
  await socket.next((message) => message.action === 'watchAll');
  const state = (version: number, status: string) => ({ taskId, createdAt, version, status });
  const send = (version: number, status: string, topic = `task#${taskId}`) => sqs.send(new SendMessageCommand({
    QueueUrl: target.output('Queue'),
    MessageGroupId: 'group',
    MessageBody: JSON.stringify({ topic, state: state(version, status), at: Date.now(), group: 'group' }),
  }));
  await tasks.report('export', { taskId, status: 'RUNNING', sequence: 1 });
  await socket.next((message) => message.version === 2);
  // The queue gives a message a second time, the publisher has queued it twice, a dead letter is given back.
  for (let i = 0; i < 3; i++) {
    await send(2, 'RUNNING');
    await send(2, 'RUNNING', 'all');
    await send(1, 'PENDING');
  }
  // The stream gives a batch a second time.
  const [head] = (await tasks.items()).filter(({ item, taskId: about }) => item.S === 'task' && about.S === taskId);
  const lambda = new LambdaClient(target.sdkClientConfig);
  for (let i = 0; i < 2; i++) {
    const { FunctionError } = await lambda.send(new InvokeCommand({
      FunctionName: target.output('Publisher'), Payload: JSON.stringify({ Records: [{ eventName: 'MODIFY', dynamodb: { NewImage: head } }] }),
    }));
    expect(FunctionError).toBeUndefined();
  }
  await tasks.report('export', { taskId, status: 'SUCCESSFUL' });
  await socket.next((message) => message.version === 3);
  const versions = socket.messages.flatMap(({ taskId: about, version }) => about === taskId && version ? [version as number] : []);
  expect(new Set(versions)).toEqual(new Set([1, 2, 3]));
  await socket.close();
});

// The last test: it reads the logs of all others.
test('no function logs what is in a message, a progress, a result or a query', async () => {
  const lines = await functionLogs(engine);
  expect(lines.length).toBeGreaterThan(100);
  const leaks = [PROGRESS_MESSAGE, 'confidential', 'X-Amz-', '__proto__', 'xxxx', 'topic', 'watchAll'];
  expect(lines.filter((line) => leaks.some((leak) => line.includes(leak)))).toEqual([]);
});
