/** The samples and tables of the docs that are neither compiled by jsii-rosetta nor run on the local engine. */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { App, CfnElement, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { mockClient } from 'aws-sdk-client-mock';
import { Construct } from 'constructs';
import { transformSync } from 'esbuild';
import * as ts from 'typescript';
import { aTable } from './support/a-table';
import { aMessage, aTask, at, EVENT_SOURCE, STATUS_READER_ARN, TRACE } from './support/builders';
import { PROJECT } from './support/command';
import { aFunction } from './support/constructs';
import { codeBlocksOf, fileOf } from './support/page-samples';
import { STRICT } from './support/strict-project';
import { temporaryDirectory } from './support/temporary-directory';
import { PYTHON_FLAGS, pythonEnvironment } from '../local/engine/python-environment';
import { ITaskManager, StateMachineTaskProcessor, TaskLiveAuth, TaskManager, TaskProcessor } from '../src';
import { ERROR_CODE, EVENT, OUTPUT } from '../src/protocol/wire';
import { statusEvent } from '../src/runtime/events/events';
import { parseReport } from '../src/runtime/events/reports';
import { StatusReader } from '../src/runtime/task/status-reader';
import { parseStatusRequest } from '../src/runtime/task/status-request';
import { TaskStore } from '../src/runtime/task/task-store';

jest.mock('cdk-task-manager', () => jest.requireActual('../src'), { virtual: true });
// The SDK needs Node.js 22. Without it, the handler is the function that the sample passes.
jest.mock('@aws/durable-execution-sdk-js', () => ({ withDurableExecution: (handler: unknown) => handler }), { virtual: true });

const read = (file: string) => readFileSync(path.join(PROJECT, file), 'utf8');

/** Returns what a file in TypeScript of a page exports. */
function exportsOf(name: string, page = 'docs/processors.md'): Record<string, (...args: any[]) => Promise<any>> {
  const sample = { exports: {} };
  const { code } = transformSync(fileOf(read(page), name), { format: 'cjs', loader: 'ts' });
  new Function('module', 'exports', 'require', code)(sample, sample.exports, require);
  return sample.exports;
}

describe('the processor of docs/processors.md', () => {
  const created = statusEvent(aTask({ payload: '{"table":"customers"}' }), { eventBusName: 'Bus', eventSource: EVENT_SOURCE });

  function expectReports(sent: PutEventsRequestEntry[]): void {
    expect(sent.map(({ EventBusName }) => EventBusName)).toEqual(['Bus', 'Bus']);
    const reports = sent.map(({ Source, DetailType, Detail }) =>
      parseReport(aMessage(JSON.parse(Detail!), { 'source': Source, 'detail-type': DetailType }), EVENT_SOURCE));
    const about = { taskId: aTask().taskId, taskCreatedAt: aTask().createdAt };
    const progress = { percent: 50, message: 'half of customers' };
    expect(reports).toEqual([
      expect.objectContaining({ taskType: 'export', detail: expect.objectContaining({ ...about, status: 'RUNNING', progress }) }),
      expect.objectContaining({ taskType: 'export', detail: { ...about, status: 'SUCCESSFUL', result: { rows: 1000 } } }),
    ]);
  }

  test('in TypeScript reports what the updater understands', async () => {
    const eventBridge = mockClient(EventBridgeClient);
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });

    await exportsOf('export-processor.ts').handler({ detail: JSON.parse(created.Detail!) });

    expectReports(eventBridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!));
  });

  test('in Python reports what the updater understands', async () => {
    const folder = temporaryDirectory('python-processor');
    writeFileSync(path.join(folder, 'export_processor.py'), fileOf(read('docs/processors.md'), 'export_processor.py'));
    writeFileSync(path.join(folder, 'boto3.py'), PRINTING_BOTO3);
    const run = 'import json, sys, export_processor; export_processor.handler(json.loads(sys.argv[1]), None)';
    const event = JSON.stringify({ detail: JSON.parse(created.Detail!) });
    // Any Python will do. That of the engine is there anyway.
    const python = await pythonEnvironment();

    const { stdout } = await promisify(execFile)(python, [...PYTHON_FLAGS, '-c', run, event], { cwd: folder });

    expectReports(stdout.trim().split('\n').flatMap((line) => JSON.parse(line)));
  }, 120_000);
});

describe('the durable function of docs/processors.md', () => {
  const created = statusEvent(aTask({ payload: '{"tables":["customers","orders"]}' }), { eventBusName: 'Bus', eventSource: EVENT_SOURCE });
  const eventBridge = mockClient(EventBridgeClient);
  const { handler } = exportsOf('durable-export.ts');
  /** The results of completed steps, by their names. */
  let checkpoints: Map<string, unknown>;
  const context = {
    step: async (name: string, work: () => Promise<unknown>) => {
      if (!checkpoints.has(name)) checkpoints.set(name, await work());
      return checkpoints.get(name);
    },
  };
  const reported = () => eventBridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!)
    .map(({ Source, DetailType, Detail }) => parseReport(aMessage(JSON.parse(Detail!), { 'source': Source, 'detail-type': DetailType }), EVENT_SOURCE))
    .map(({ detail }) => detail);

  beforeEach(() => {
    checkpoints = new Map();
    eventBridge.reset();
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    Object.assign(globalThis, { exportTable: async (table: string) => table.length });
  });

  afterEach(() => Reflect.deleteProperty(globalThis, 'exportTable'));

  test('reports its start, its progress and its result, and nothing again when it is replayed', async () => {
    await handler(JSON.parse(created.Detail!), context);
    await handler(JSON.parse(created.Detail!), context);

    expect(reported()).toMatchObject([
      { status: 'RUNNING' },
      { status: 'RUNNING', sequence: 1, progress: { percent: 50, message: '9 rows' } },
      { status: 'RUNNING', sequence: 2, progress: { percent: 100, message: '15 rows' } },
      { status: 'SUCCESSFUL', result: { rows: 15 }, taskCreatedAt: aTask().createdAt },
    ]);
  });

  test('reports its failure', async () => {
    Object.assign(globalThis, { exportTable: () => Promise.reject(new Error('no such table')) });

    await handler(JSON.parse(created.Detail!), context);

    expect(reported()).toMatchObject([{ status: 'RUNNING' }, { status: 'FAILED', error: { code: 'ExportFailed', message: 'no such table' } }]);
  });

  test('is started under a name that Lambda accepts, which depends on the task and its creation', async () => {
    const lambda = mockClient(LambdaClient);
    lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
    const start = exportsOf('start-export.ts').handler;
    const detail = JSON.parse(created.Detail!);

    for (const task of [detail, detail, { ...detail, createdAt: at(1) }]) await start({ detail: task });

    const [first, again, later] = lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => input);
    expect(first.DurableExecutionName).toMatch(/^[\w-]{1,64}$/);
    expect(first).toMatchObject({ InvocationType: 'Event', Payload: created.Detail });
    expect(again).toEqual(first);
    expect(later.DurableExecutionName).not.toBe(first.DurableExecutionName);
  });
});

/** Stands in for the AWS SDK for Python. */
const PRINTING_BOTO3 = `
import json


class client:
    def __init__(self, service):
        assert service == "events"

    def put_events(self, Entries):
        print(json.dumps(Entries))
        return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}
`;

describe('the workflows of docs/processors.md', () => {
  test.each([
    ['glue-job.ts', 'TransformStack', ['glue:startJobRun.sync']],
    ['build.ts', 'DeployStack', ['codebuild:startBuild.sync', 'events:putEvents']],
    ['approval.ts', 'PurchaseStack', ['sns:publish.waitForTaskToken']],
  ])('in %s are synthesized with what they wait for', (file, name, integrations) => {
    const app = new App();
    const { tasks } = new TasksStack(app);
    const Sample = exportsOf(file)[name] as unknown as new (scope: App, id: string, taskManager: ITaskManager) => Stack;

    const stack = new Sample(app, 'Sample', tasks);

    const { Resources } = Template.fromStack(stack).toJSON();
    const definitions = JSON.stringify(Object.values<any>(Resources)
      .filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine').map(({ Properties }) => Properties.DefinitionString));
    expect(integrations.filter((integration) => !definitions.includes(`:states:::${integration}`))).toEqual([]);
    expect(stack.node.findChild('Processor')).toBeInstanceOf(StateMachineTaskProcessor);
  });
});

test('the sample of docs/operate.md for cdk-monitoring-constructs adds the metrics to a dashboard', () => {
  const { tasks } = new TasksStack(new App());
  const stack = Stack.of(tasks);

  void exportsOf('monitoring.ts', 'docs/operate.md').monitorTasks(stack, tasks);

  const dashboards = JSON.stringify(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  expect(['TasksCreated', 'TasksFailed', 'TimeToEnd'].filter((name) => !dashboards.includes(name))).toEqual([]);
});

describe('the samples of docs/live-updates.md', () => {
  const samples = (name: string) => exportsOf(name, 'docs/live-updates.md');

  describe('sign a URL for the owner', () => {
    const VARIABLES = {
      LIVE_URL: 'wss://abc.execute-api.eu-west-1.amazonaws.com/live',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session/token+=',
    };
    const before = { ...process.env };

    beforeEach(() => { Object.assign(process.env, VARIABLES); });
    afterEach(() => { process.env = { ...before }; });

    test.each(['ada', 'urn:tenant:1/ann@example.org', "a+b%20&owner=eve#'()*~!"])('%s', async (owner) => {
      const url = new URL(await samples('live-url.ts').liveUrlFor(owner));

      const { 'X-Amz-Date': date, 'X-Amz-Signature': signature, ...query } = Object.fromEntries(url.searchParams);
      expect([url.origin + url.pathname, query.owner, query['X-Amz-SignedHeaders']]).toEqual([VARIABLES.LIVE_URL, owner, 'host']);
      const credentials = {
        accessKeyId: VARIABLES.AWS_ACCESS_KEY_ID,
        secretAccessKey: VARIABLES.AWS_SECRET_ACCESS_KEY,
        sessionToken: VARIABLES.AWS_SESSION_TOKEN,
      };
      const sdk = new SignatureV4({ service: 'execute-api', region: VARIABLES.AWS_REGION, sha256: Sha256, credentials });
      const { hostname, pathname, host } = url;
      const request = { method: 'GET', protocol: 'https:', hostname, path: pathname, headers: { host }, query: { owner } };
      const signingDate = new Date(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
      const signedBySdk = await sdk.presign(request, { expiresIn: 60, signingDate });
      expect(signature).toBe(signedBySdk.query!['X-Amz-Signature']);
    });
  });

  test('read the token of a session in the list of subprotocols, and say who owns the connection and when it ends', async () => {
    const findSession = jest.fn(async (token: string) => token === 'good' ? { user: 'ada', endsAt: new Date(1_000_999) } : undefined);
    Object.assign(globalThis, { findSession });
    const answerTo = (headers: Record<string, string> | null) => samples('session-authorizer.ts').handler({ headers, methodArn: 'arn' });

    expect(await answerTo({ 'Sec-WebSocket-Protocol': 'cdk-task-manager, bearer.good' })).toMatchObject({
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn' }] }, context: { owner: 'ada', expiresAt: 1000 },
    });
    const refused: Parameters<typeof answerTo>[0][] = [{ 'sec-websocket-protocol': 'bearer.bad,cdk-task-manager' }, { 'Sec-WebSocket-Protocol': 'cdk-task-manager' }, {}, null];
    for (const headers of refused) {
      const { policyDocument: { Statement: [{ Effect }] }, context } = await answerTo(headers);
      expect([Effect, context]).toEqual(['Deny', undefined]);
    }
    expect(findSession.mock.calls).toEqual([['good'], ['bad']]);
    Reflect.deleteProperty(globalThis, 'findSession');
  });

  test('take the owner and the end from the context of that authorizer', () => {
    const stack = new Stack();
    const { bySession } = samples('by-session.ts') as unknown as { bySession(authorizer: unknown): TaskLiveAuth };
    const { authorizer: _, ...names } = bySession(aFunction(stack)).bind(stack, new TaskManager(stack, 'Tasks'));
    expect(names).toEqual({ ownerContextKey: 'owner', expiryContextKey: 'expiresAt' });
  });
});

class TasksStack extends Stack {
  public readonly tasks = new TaskManager(this, 'Tasks');

  constructor(app: App) {
    super(app, 'Tasks');
  }
}

describe('the question of docs/processors.md whether a task has ended', () => {
  const dynamodb = mockClient(DynamoDBClient);
  const lambda = mockClient(LambdaClient);
  const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);
  const reader = new StatusReader({ store, now: () => new Date(at(1)) });
  const { hasEnded } = exportsOf('has-ended.ts');
  /** Returns bytes as the SDK returns them. */
  const aBlob = (text: string) => Object.assign(Buffer.from(text), { transformToString: () => text });
  const detailOf = (statusReaderArn?: string) => {
    return JSON.parse(statusEvent(aTask(), { eventBusName: 'Bus', eventSource: EVENT_SOURCE, statusReaderArn }).Detail!);
  };

  beforeEach(async () => {
    dynamodb.reset();
    lambda.reset();
    aTable(dynamodb);
    await store.create(aTask());
    lambda.on(InvokeCommand, { FunctionName: STATUS_READER_ARN }).callsFake(async ({ Payload }) => (
      { Payload: aBlob(JSON.stringify(await reader.read(parseStatusRequest(JSON.parse(Payload))))) }
    ));
    jest.spyOn(console, 'warn').mockImplementation();
  });

  test('is answered by the status reader', async () => {
    expect(await hasEnded(detailOf(STATUS_READER_ARN))).toBe(false);
    await store.cancel(aTask().taskId, new Date(at(1)));
    expect(await hasEnded(detailOf(STATUS_READER_ARN))).toBe(true);
    expect(console.warn).not.toHaveBeenCalled();
  });

  test('is answered with no if the status is not known', async () => {
    await store.cancel(aTask().taskId, new Date(at(1)));
    expect(await hasEnded(detailOf())).toBe(false);
    lambda.on(InvokeCommand).resolvesOnce({ FunctionError: 'Unhandled', Payload: aBlob('{}') }).rejects(new Error('denied'));
    expect(await hasEnded(detailOf(STATUS_READER_ARN))).toBe(false);
    expect(await hasEnded(detailOf(STATUS_READER_ARN))).toBe(false);
    expect(console.warn).toHaveBeenCalledTimes(2);
  });

  test('is answered in the shape that the page shows', () => {
    const [, section] = /^## Stop the work of a cancelled task$(.*?)^## /ms.exec(read('docs/processors.md'))!;
    const [request, answer] = codeBlocksOf(section).filter(({ language }) => language === 'json').map(({ code }) => JSON.parse(code));
    expect(parseStatusRequest(request)).toEqual(request);
    expect(Object.keys(answer)).toEqual(['status']);
  });
});

describe('docs/reference.md', () => {
  const page = read('docs/reference.md');
  const listed = new Set([...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names]) => names.replaceAll('`', '').split(', ')));
  const propsOf = (file: string, name: string) => {
    const [, body] = new RegExp(`^export interface ${name} \\{\n(.*?)^\\}`, 'ms').exec(read(file))!;
    return [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, prop]) => prop);
  };

  test.each([
    ['src/task-manager-props.ts', 'TaskManagerProps extends TaskResourceOptions'],
    ['src/task-resource-options.ts', 'TaskResourceOptions'],
    ['src/task-concurrency.ts', 'TaskConcurrency'],
    ['src/task-outputs-options.ts', 'TaskOutputsOptions'],
    ['src/task-processor.ts', 'TaskProcessorProps'],
    ['src/long-task-processor-props.ts', 'LongTaskProcessorProps'],
    ['src/container-task-processor.ts', 'ContainerTaskProcessorProps extends LongTaskProcessorProps'],
    ['src/state-machine-task-processor.ts', 'StateMachineTaskProcessorProps extends LongTaskProcessorProps'],
  ])('lists the props of %s, %s', (file, name) => {
    expect(propsOf(file, name).filter((prop) => !listed.has(prop))).toEqual([]);
  });

  test('lists the events, the error codes and the outputs', () => {
    const published = Object.values(EVENT).filter((detailType) => detailType !== EVENT.UPDATED);
    expect([...published, ...Object.values(ERROR_CODE), ...Object.values(OUTPUT)].filter((name) => !listed.has(name))).toEqual([]);
  });

  test('lists the warnings', () => {
    const source = execFileSync('git', ['grep', '-hoE', "'cdk-task-manager:\\w+'", '--', 'src', ':!src/protocol'], { cwd: PROJECT, encoding: 'utf8' });
    const ids = [...source.matchAll(/:(\w+)'/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(5);
    expect(ids.filter((id) => !listed.has(id))).toEqual([]);
  });

  test('shows the details of events as they are published', () => {
    const [created, ended] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json));
    const bus = { eventBusName: 'Bus', eventSource: EVENT_SOURCE, statusReaderArn: STATUS_READER_ARN };
    const detailOf = (task: Parameters<typeof aTask>[0]) => JSON.parse(statusEvent(aTask({ owner: 'ada', traceparent: TRACE.traceparent, ...task }), bus).Detail!);
    expect(Object.keys(created)).toEqual(Object.keys(detailOf({ payload: '{}' })));
    expect(Object.keys(created.reportTo)).toEqual(Object.keys(detailOf({ payload: '{}' }).reportTo));
    expect(Object.keys(ended)).toEqual(Object.keys(detailOf({ status: 'SUCCESSFUL', result: '{}' })));
  });
});

test('docs/runbook.md explains all log messages of the functions', () => {
  const source = execFileSync('git', ['grep', '-hA1', '-E', 'console\\.|handleMessages\\(event', '--', 'src/runtime'], { cwd: PROJECT, encoding: 'utf8' });
  const messages = [...source.matchAll(/'([^'\n]+ [^'\n]+)'/g)].map(([, message]) => message);
  const [, table] = /^## Log messages$(.*)/ms.exec(read('docs/runbook.md'))!;

  expect(messages.length).toBeGreaterThan(20);
  expect(messages.filter((message) => !table.includes(`\`${message}\``))).toEqual([]);
});

test('docs/runbook.md has the logical ids of what its articles name', () => {
  const stack = new Stack();
  const taskManager = new TaskManager(stack, 'Tasks', { encryptionKey: new kms.Key(stack, 'Key') });
  const processor = (id: string, props = {}) => (
    new TaskProcessor(stack, id, { taskManager, taskType: id, handler: aFunction(stack, `${id}Function`), ...props })
  );
  const stateMachine = new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Pass')) });
  const constructs: [RegExp, Construct, string][] = [
    [/ of a processor with `maxConcurrency`$/, processor('Queued', { maxConcurrency: 2 }), 'Queued'],
    [/ of a processor without `maxConcurrency`$/, processor('Direct'), ''],
    [/ of long work$/, new StateMachineTaskProcessor(stack, 'Long', { taskManager, taskType: 'long', stateMachine }), 'Long'],
    [/$/, taskManager, 'Tasks'],
  ];
  const [, table] = /^\| member \| name in the logical id \|\n\|.*\n((?:\|.*\n)+)/m.exec(read('docs/runbook.md'))!;
  const codes = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, code]) => code);

  for (const row of table.trim().split('\n')) {
    const [, members, names] = row.split('|').map((cell) => cell.trim());
    const [suffix, construct, id] = constructs.find(([pattern]) => pattern.test(members))!;
    const expected = codes(names).map((name) => expect.stringMatching(new RegExp(`^${id}${name}[0-9A-Fa-f]{8,16}$`)));
    const parts = codes(members.replace(suffix, '')).map((member) => (construct as any)[member] as Construct);
    expect(parts.map((part) => stack.getLogicalId(part.node.defaultChild as CfnElement))).toEqual(expected);
  }
});

describe('the samples in TypeScript', () => {
  interface Sample {
    readonly file: string;
    readonly source: string;
  }

  // The test of the client's package compiles those that use it, and all of http-api.md.
  const pages = ['README.md', ...readdirSync(path.join(PROJECT, 'docs')).map((name) => `docs/${name}`)]
    .filter((page) => page.endsWith('.md') && page !== 'docs/http-api.md');
  const samples = pages.flatMap((page) => codeBlocksOf(read(page))
    .filter(({ language, code }) => language === 'ts' && !code.includes("from 'cdk-task-manager-client'"))
    .map(({ file, fixture, code }, i): Sample => ({
      file: `${page} ${file ?? `${i + 1}.ts`}`,
      source: file === undefined ? inFixture(code, fixture ?? 'default') : code,
    })));

  /** Puts a sample where jsii-rosetta puts it. What it declares goes before the class, for it stands in a constructor. */
  function inFixture(code: string, fixture: string): string {
    const declared = /^declare .*\n/gm;
    const declarations = code.match(declared) ?? [];
    return `${read(`rosetta/${fixture}.ts-fixture`).replace('/// here', code.replaceAll(declared, ''))}${declarations.join('')}`;
  }

  test('compile', () => {
    const { config } = ts.readConfigFile(path.join(PROJECT, 'tsconfig.dev.json'), ts.sys.readFile);
    const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, PROJECT).options, ...STRICT, noUnusedLocals: false };
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    const sources = new Map(samples.map(({ file, source }) => [path.join(PROJECT, file), source]));
    host.getSourceFile = (file, ...rest) => {
      const source = sources.get(file);
      return source === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, source, ts.ScriptTarget.ES2022);
    };
    const program = ts.createProgram([...sources.keys(), path.join(PROJECT, 'test/support/durable-execution-sdk.d.ts')], options, host);
    const errors = [...sources.keys()].map((file) => program.getSourceFile(file)!)
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(({ file, messageText }) => `${path.relative(PROJECT, file!.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);

    expect(samples.length).toBeGreaterThan(10);
    // With exactOptionalPropertyTypes, some classes of aws-cdk-lib do not have the types of their own interfaces.
    expect(errors.filter((error) => !/'(EventBus|GraphWidget)' is not assignable to (parameter of )?type 'I\w+' with/.test(error))).toEqual([]);
  });
});
