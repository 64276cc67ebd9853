/** Containers as real processes: what the conformance cases, on a clock of their own, can't show. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { systemClock } from '../../processor/src/clock';
import { runIn } from '../../processor/src/container/run';
import type { TaskServices } from '../../processor/src/services';
import { ApiServer, type Received, type Reply } from '../support/api-server';
import { eventually } from '../support/eventually';
import { FakeProcess } from '../support/fake-process';
import { withPackages } from '../support/installed-packages';

const PACKAGE = path.join(__dirname, '..', '..', 'processor');
const { name, peerDependencies } = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8'));
const RESULT = '/results/tasks/render/0f8fad5b/result.json';
const REPORT_TO = { eventBusName: 'bus', source: 'tasks.processor.render', statusReaderArn: 'status-reader', resultBucketName: 'results' };

/** AWS, as the container sees it. */
let aws: ApiServer;
let folder: string;
let status: string;
let stored: Map<string, string>;
let running: ChildProcess | undefined;

beforeAll(async () => {
  if (!existsSync(path.join(PACKAGE, 'dist', 'container.mjs'))) throw new Error('processor/dist is missing: run npx projen bundle:processor');
  folder = withPackages(name, ...Object.keys(peerDependencies));
  aws = await new ApiServer().listen();
  process.env.AWS_REGION = 'eu-central-1';
});

afterAll(async () => aws.stop());

beforeEach(() => {
  status = 'RUNNING';
  stored = new Map();
  aws.script();
  aws.answer = answer;
});

afterEach(() => running?.kill('SIGKILL'));

function answer({ method, url, headers, body }: Received): Reply {
  if (headers['x-amz-target'] === 'AWSEvents.PutEvents') return { body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } };
  if (url.includes('/functions/status-reader/')) return { body: { status } };
  const { pathname } = new URL(url, aws.url);
  if (method === 'PUT') stored.set(pathname, body);
  return { body: stored.get(pathname) };
}

/** Makes the environment that the ContainerTaskProcessor passes. */
function anEnvironment(): Record<string, string> {
  return {
    TASK_ID: '0f8fad5b',
    TASK_TYPE: 'render',
    TASK_PAYLOAD: '{"scene":"castle"}',
    TASK_CREATED_AT: new Date().toISOString(),
    TASK_DEADLINE: '2999-01-01T00:00:00.000Z',
    TASK_REPORT_TO: JSON.stringify(REPORT_TO),
    TASK_RESULT_URI: `s3:/${RESULT}`,
  };
}

const SERVICES: TaskServices = { clock: systemClock, send: async () => {}, status: async () => 'RUNNING', upload: async () => {} };

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

/** The process of a container. */
class Container {
  private readonly child: ChildProcess;
  private output = '';
  private errors = '';

  /** @param program a module. What it prints says how far it is. */
  constructor(program: string, { env = {}, file = 'main.mjs', directory = folder, options = [] as string[] } = {}) {
    writeFileSync(path.join(directory, file), program);
    this.child = spawn(process.execPath, [...options, path.join(directory, file)], {
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: aws.url.replace('/prod/', ''),
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...anEnvironment(),
        ...env,
      },
    });
    running = this.child;
    this.child.stdout!.on('data', (data) => { this.output += data; });
    this.child.stderr!.on('data', (data) => { this.errors += data; });
  }

  /** Waits until the program has printed a text. */
  public async printed(text: string): Promise<this> {
    while (!this.output.includes(text)) {
      await Promise.race([once(this.child.stdout!, 'data'), this.ended().then(() => { throw new Error(`ended without '${text}': ${this.errors}`); })]);
    }
    return this;
  }

  public send(signal: NodeJS.Signals): this {
    this.child.kill(signal);
    return this;
  }

  public async ended(): Promise<Ended> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return { code: this.child.exitCode, signal: this.child.signalCode, errors: this.errors };
  }
}

const IMPORT = "import { Interrupted, runTask, TaskEnded } from 'cdk-task-manager-processor/container';";

function aContainer(work: string, options: ConstructorParameters<typeof Container>[1] = {}): Container {
  return new Container(`${IMPORT}\nrunTask(${work});`, options);
}

const end = () => (stored.has(RESULT) ? JSON.parse(stored.get(RESULT)!) : undefined);
const failure = (code: string, message: string) => ({ 'cdk-task-manager:end': { status: 'FAILED', error: { code, message } } });

test('the result is stored before the process ends with 0, even if something would keep it alive', async () => {
  const container = aContainer(`async ({ payload }, { progress }) => {
    setInterval(() => {}, 1000);
    await progress(50);
    return { scene: payload.scene };
  }`);
  expect(await container.ended()).toEqual({ code: 0, signal: null, errors: '' });
  expect(end()).toEqual({ scene: 'castle' });
  const reports = aws.received.filter(({ headers }) => headers['x-amz-target']).map(({ body }) => JSON.parse(JSON.parse(body).Entries[0].Detail));
  expect(reports.map((report) => report.status)).toEqual(['RUNNING', 'RUNNING']);
});

test('a CommonJS module works, too', async () => {
  const program = "require('cdk-task-manager-processor/container').runTask(() => 7);";
  expect(await new Container(program, { file: 'main.cjs' }).ended()).toMatchObject({ code: 0 });
  expect(end()).toBe(7);
});

test('a long payload comes from S3', async () => {
  stored.set('/results/payload.json', '{"scene":"forest"}');
  const container = aContainer('({ payload }) => payload.scene', { env: { TASK_PAYLOAD: '', TASK_PAYLOAD_URI: 's3://results/payload.json' } });
  expect(await container.ended()).toMatchObject({ code: 0 });
  expect(end()).toBe('forest');
});

test('the process lives until the end of work that waits for something that does not keep Node.js alive', async () => {
  const container = aContainer('() => new Promise((resolve) => setTimeout(resolve, 100, "done").unref())');
  expect(await container.ended()).toMatchObject({ code: 0 });
  expect(end()).toBe('done');
});

test.each(['process.exit(0)', 'process.exit()'])('work that calls %s does not look successful', async (call) => {
  expect(await aContainer(`() => { ${call}; }`).ended()).toMatchObject({ code: 1 });
  expect(end()).toBeUndefined();
});

test.each([
  ['throws in a later turn', 'setTimeout(() => { throw new RangeError("no such frame"); })', 'RangeError: no such frame'],
  ['throws in the next tick', 'process.nextTick(() => { throw new RangeError("no such frame"); })', 'RangeError: no such frame'],
  ['leaves a rejection unhandled', 'Promise.reject(new RangeError("no such frame"))', 'RangeError: no such frame'],
])('work that %s fails, and its error is printed', async (_, statement, message) => {
  const ended = await aContainer(`async () => { ${statement}; await new Promise(() => {}); }`).ended();
  expect(ended.code).toBe(1);
  expect(ended.errors.match(/RangeError: no such frame\n +at .*main\.mjs/g)).toHaveLength(1);
  expect(end()).toEqual(failure('ProcessorFailed', message));
});

test('an error that nobody caught makes the process fail, also while the result is stored', async () => {
  const process = new FakeProcess(anEnvironment());
  const error = new RangeError('too late');
  mockClient(S3Client).on(PutObjectCommand).callsFake(() => process.crash(error));
  await runIn(process, () => 7, {}, SERVICES);
  expect(process).toMatchObject({ exitCode: 1, printed: [error] });
});

test('the process ends when its reports have been sent', async () => {
  const process = new FakeProcess(anEnvironment());
  let accept = () => {};
  const send = async () => new Promise<void>((resolve) => { accept = resolve; });
  const writes = mockClient(S3Client).on(PutObjectCommand).resolves({});
  const run = runIn(process, () => 7, {}, { ...SERVICES, send });
  await eventually('the result', async () => writes.commandCalls(PutObjectCommand)[0]);
  await new Promise(setImmediate);
  expect(process.exitCode).toBeUndefined();
  accept();
  await run;
  expect(process.exitCode).toBe(0);
});

test.each(['cdk-task-manager-processor', 'cdk-task-manager-processor/container'])('a TaskFailure of %s fails the task, and is not printed', async (module) => {
  const container = aContainer(`async () => {
    const { TaskFailure } = await import('${module}');
    throw new TaskFailure('UnknownScene', 'no such scene');
  }`);
  expect(await container.ended()).toEqual({ code: 1, signal: null, errors: '' });
  expect(end()).toEqual(failure('UnknownScene', 'no such scene'));
});

describe('SIGTERM', () => {
  const WAITS = `async (_, { signal }) => {
    console.log('working');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    console.error(signal.reason instanceof TaskEnded ? signal.reason.status : signal.reason instanceof Interrupted);
    signal.throwIfAborted();
  }`;

  test.each([['RUNNING', 'true\n'], ['CANCELLED', 'CANCELLED\n']])('stops the work of a task that is %s', async (current, errors) => {
    status = current;
    const container = await aContainer(WAITS, { file: `${current}.mjs` }).printed('working');
    const ended = await container.send('SIGTERM').ended();
    expect(ended).toMatchObject({ code: 1, signal: null, errors: expect.stringContaining(errors) });
    expect(end()).toBeUndefined();
  });

  test('lets work that does not look at its signal come to its end', async () => {
    const container = await aContainer(`async () => {
      console.log('working');
      await new Promise((resolve) => process.on('SIGUSR2', resolve));
      return 'done';
    }`).printed('working');
    const asked = aws.nextRequest();
    container.send('SIGTERM');
    await asked;
    expect(await container.send('SIGUSR2').ended()).toMatchObject({ code: 0 });
    expect(end()).toBe('done');
  });
});

test('a process that is killed leaves nothing behind', async () => {
  const container = await aContainer("() => { console.log('working'); return new Promise(() => {}); }").printed('working');
  expect(await container.send('SIGKILL').ended()).toMatchObject({ code: null, signal: 'SIGKILL' });
  expect(end()).toBeUndefined();
});

test('the process fails if S3 refuses the result, and says why without quoting it', async () => {
  aws.answer = (request) => (request.method === 'PUT' ? { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : answer(request));
  const ended = await aContainer('() => "confidential"').ended();
  expect(ended.code).toBe(1);
  expect(ended.errors).toMatch(/end not stored[^]*AccessDenied/);
  expect(ended.errors).not.toContain('confidential');
});

test('outside of a container, it says which variable is missing', async () => {
  expect(await aContainer('() => 7', { env: { TASK_ID: '' } }).ended()).toMatchObject({
    code: 1, errors: expect.stringContaining('Error: TASK_ID is missing: runTask works in a container that a ContainerTaskProcessor starts'),
  });
});

test('an option that is not valid makes the process fail', async () => {
  expect(await new Container(`${IMPORT}\nrunTask(() => 7, { heartbeatSeconds: 0 }).catch(() => {});`).ended()).toMatchObject({
    code: 1, errors: expect.stringContaining('heartbeatSeconds must be a whole number from 1 to 86400, got 0'),
  });
});

test('the work does not start if the region is not known', async () => {
  const ended = await aContainer("() => console.error('working')", { env: { AWS_REGION: undefined, AWS_CONFIG_FILE: '/dev/null' } }).ended();
  expect(ended).toMatchObject({ code: 1, errors: expect.stringContaining('Region is missing') });
  expect(ended.errors).not.toContain('working');
});

test('the work does not start without the packages that store its end', async () => {
  const directory = withPackages(name);
  mkdirSync(path.join(directory, 'node_modules', '@aws-sdk', 'client-eventbridge'), { recursive: true });
  writeFileSync(path.join(directory, 'node_modules', '@aws-sdk', 'client-eventbridge', 'index.js'), 'exports.EventBridgeClient = exports.PutEventsCommand = class {};');
  // By default, Node.js looks for what a linked package imports beside the target of the link.
  const container = aContainer("() => console.log('working')", { directory, options: ['--preserve-symlinks', '--preserve-symlinks-main'] });
  const ended = await container.ended();
  expect(ended.errors).toMatch(/@aws-sdk\/(client-s3|lib-storage) can't be loaded: install it, or do not exclude it from the bundle/);
  expect(ended.code).toBe(1);
});
