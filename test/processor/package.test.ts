import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { App, Stack } from 'aws-cdk-lib';
import { BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { build } from 'esbuild';
import * as ts from 'typescript';
import * as processor from '../../processor/src';
import * as container from '../../processor/src/container';
import * as testing from '../../processor/src/testing';
import { withPackages } from '../support/installed-packages';

const PROJECT = path.join(__dirname, '..', '..');
const PACKAGE = path.join(PROJECT, 'processor');
const dist = (file: string) => readFileSync(path.join(PACKAGE, 'dist', file));
const manifest = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8'));

/** The modules of the package, by the names that the tests give them. */
const MODULES = [['processor', manifest.name], ['container', `${manifest.name}/container`], ['testing', `${manifest.name}/testing`]];

let consumer: string;

/** Makes a folder in which the package is installed, and of its peers only a stand-in for the one that it always needs. */
function withoutOptionalPackages(): string {
  const folder = withPackages(manifest.name);
  mkdirSync(path.join(folder, 'node_modules', '@aws-sdk', 'client-eventbridge'), { recursive: true });
  write('node_modules/@aws-sdk/client-eventbridge/index.js', 'exports.EventBridgeClient = exports.PutEventsCommand = class {};', folder);
  return folder;
}

beforeAll(() => {
  if (!existsSync(path.join(PACKAGE, 'dist', 'index.d.mts'))) throw new Error('processor/dist is missing: run npx projen build:processor');
  consumer = withPackages(
    manifest.name, ...Object.keys(manifest.peerDependencies), '@aws-lambda-powertools/logger', '@middy/core', '@types/aws-lambda', 'esbuild', 'valibot',
    '@opentelemetry/api', '@opentelemetry/context-async-hooks', '@opentelemetry/core',
  );
  mkdirSync(path.join(consumer, 'node_modules', '.bin'));
  symlinkSync('../esbuild/bin/esbuild', path.join(consumer, 'node_modules', '.bin', 'esbuild'));
});

function write(name: string, content: string, folder = consumer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const ENVIRONMENT = {
  ...process.env, AWS_REGION: 'us-east-1', POWERTOOLS_LOG_LEVEL: 'SILENT',
};

/** Runs a module. Returns the last line that it logs, parsed. */
async function run(...parameters: string[]): Promise<any> {
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { env: ENVIRONMENT });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

test.each(['index.mjs', 'container.mjs'])('%s is less than 7 KiB', (file) => {
  expect(gzipSync(dist(file), { level: 9 }).byteLength).toBeLessThan(7 * 1024);
});

test('has no dependencies but the SDK of the user, of which it always needs one client', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)).toEqual(['@aws-sdk/client-eventbridge']);
  const imported = (file: string, pattern: RegExp) => [...dist(file).toString().matchAll(pattern)].map(([, name]) => name);
  const atOnce = /(?:^|[;}])import\s*(?:[\w*{][^"]*from\s*)?"([^"]+)"/gm;
  for (const file of ['index.mjs', 'container.mjs']) expect(imported(file, atOnce).sort()).toEqual(['@aws-sdk/client-eventbridge', 'node:stream']);
  expect(imported('testing.mjs', atOnce)).toEqual([manifest.name]);
  const optional = Object.keys(peerDependenciesMeta).sort();
  expect(imported('index.mjs', /\bimport\("([^"]+)"\)/g).sort()).toEqual(optional);
  expect(imported('container.mjs', /\bimport\("([^"]+)"\)/g).sort()).toEqual(optional.filter((name) => name !== '@aws-sdk/client-sqs'));
});

test('contains all files that its package.json names', () => {
  const { types, main, exports: { './package.json': _, ...entryPoints } } = manifest;
  const named = Object.values<any>(entryPoints).flatMap((formats) => (
    Object.values<any>(formats).flatMap((format) => Object.values<string>(format))
  ));
  expect([types, main, ...named].filter((file) => !existsSync(path.join(PACKAGE, file)))).toEqual([]);
});

describe.each([
  ['an ES module', 'main.mjs', MODULES.map(([name, module]) => `import * as ${name} from '${module}';`).join('\n')],
  ['a CommonJS module', 'main.cjs', MODULES.map(([name, module]) => `const ${name} = require('${module}');`).join('\n')],
])('as %s', (_, name, load) => {
  const evaluate = async (program: string) => run(write(name, `${load}\n(async () => { ${program} })().then((result) => console.log(JSON.stringify(result)));`));

  test('has the same exports as the sources', async () => {
    expect(await evaluate('return [processor, container, testing].map((module) => Object.keys(module).sort());')).toEqual(
      [processor, container, testing].map((module) => Object.keys(module).sort()),
    );
  });

  test('runs a task of a test, and shares its classes with the processor', async () => {
    expect(await evaluate(`
      const handler = processor.taskProcessor(async ({ payload }, { progress }) => {
        if (payload > 1) throw new processor.TaskFailure('TooMany', 'at most one');
        await progress(50);
        return payload;
      });
      const [one, two] = [await testing.fakeTask(1).run(handler), await testing.fakeTask(2).run(handler)];
      return [one.status, one.result, one.progress, two.status, two.error];
    `)).toEqual(['SUCCESSFUL', 1, [{ percent: 50 }], 'FAILED', { code: 'TooMany', message: 'at most one' }]);
  });

  test('continues the trace of a task with the OpenTelemetry of the program', async () => {
    expect(await evaluate(`
      const [api, { AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }] = await Promise.all([
        import('@opentelemetry/api'), import('@opentelemetry/context-async-hooks'), import('@opentelemetry/core'),
      ]);
      api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
      const task = testing.fakeTask();
      await task.run(processor.taskProcessor(() => api.trace.getSpanContext(api.context.active()).traceId));
      return task.event.detail.traceparent.split('-')[1] === task.result;
    `)).toBe(true);
  });

  test('says which package to install if an optional one is missing', async () => {
    const folder = withoutOptionalPackages();
    const program = `${load}
      const now = new Date().toISOString();
      const detail = {
        taskId: 'id', type: 'export', createdAt: now, deadlineAt: '2999-01-01T00:00:00.000Z',
        reportTo: { eventBusName: 'bus', source: 'source', resultBucketName: 'bucket' },
      };
      const eventBridge = { send: async () => ({ FailedEntryCount: 0 }) };
      const handler = processor.taskProcessor((task) => task.upload('text', { contentType: 'text/plain' }), { eventBridge });
      handler({ 'detail-type': 'TaskCreatedEvent', 'time': now, detail }).catch((error) => console.log(JSON.stringify(error.message)));`;
    // By default, Node.js looks for what a linked package imports beside the target of the link.
    expect(await run('--preserve-symlinks', '--preserve-symlinks-main', write(name, program, folder)))
      .toMatch(/^@aws-sdk\/(client-s3|lib-storage) can't be loaded: install it, or do not exclude it from the bundle$/);
  });
});

describe('in a function', () => {
  const program = `
    import { Logger } from '@aws-lambda-powertools/logger';
    import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
    import middy from '@middy/core';
    import { taskProcessor } from 'cdk-task-manager-processor';

    const logger = new Logger({ serviceName: 'export' });
    export const handler = middy(taskProcessor<{ rows: number }>(async ({ payload }, { progress }) => {
      await progress(50);
      return { ...payload, requestId: logger.getPersistentLogAttributes().function_request_id };
    }, { logger })).use(injectLambdaContext(logger));`;
  const attempt = `
    import { fakeTask } from 'cdk-task-manager-processor/testing';
    const { handler } = await import(process.argv[2]);
    const task = await fakeTask({ rows: 3 }).run(handler);
    console.log(JSON.stringify([task.status, task.result, task.progress]));`;
  // What the packages of Powertools need in an ES module.
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

  test.each<[string, BundlingOptions, string]>([
    ['the SDK of the runtime, as by default,', {}, 'index.js'],
    ['its own SDK', { bundleAwsSDK: true }, 'index.js'],
    ['its own SDK, as an ES module,', { bundleAwsSDK: true, format: OutputFormat.ESM, banner }, 'index.mjs'],
  ])('bundled by NodejsFunction with %s works under Powertools and middy', async (_, bundling, index) => {
    const app = new App({ outdir: mkdtempSync(path.join(consumer, 'cdk.out-')) });
    new NodejsFunction(new Stack(app, 'Stack'), 'Function', {
      entry: write('handler.ts', program),
      bundling: { ...bundling, logLevel: LogLevel.ERROR },
      projectRoot: consumer,
      depsLockFilePath: write('package-lock.json', '{}'),
    });
    const bundle = path.join(app.outdir, readdirSync(app.outdir).find((name) => name.startsWith('asset.'))!, index);
    expect(await run(write('attempt.mjs', attempt), bundle)).toEqual(['SUCCESSFUL', { rows: 3 }, [{ percent: 50 }]]);
  });

  test('bundled with its own SDK, needs no optional packages', async () => {
    const folder = withoutOptionalPackages();
    const handler = write('handler.mjs', "export { taskProcessor } from 'cdk-task-manager-processor';", folder);
    const { errors, warnings } = await build({
      entryPoints: [handler], outfile: path.join(folder, 'handler.cjs'), bundle: true, platform: 'node', format: 'cjs', preserveSymlinks: true, logLevel: 'silent',
    }).catch((error) => error);
    expect([errors, warnings]).toEqual([[], []]);
  });
});

describe('its types', () => {
  const base: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    typeRoots: [path.join(PROJECT, 'node_modules', '@types')],
  };
  const nodeModules = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

  const diagnose = (options: ts.CompilerOptions, ...files: string[]) => (
    ts.getPreEmitDiagnostics(ts.createProgram(files, { ...base, ...options })).map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
  );

  const program = `
    export const handler: Handler = taskProcessor<{ table: string }, { rows: number }>(async (task, { progress, signal }) => {
      signal.throwIfAborted();
      await progress(50, task.payload.table);
      await task.upload(Readable.from(['a']), { contentType: 'text/plain' });
      await task.upload(new ReadableStream(), { contentType: 'text/plain', fileName: 'a.txt' });
      // @ts-expect-error: the payload has no such member
      task.payload.rows;
      return { rows: 1 };
    });
    // @ts-expect-error: a result of another type
    taskProcessor<{ table: string }, { rows: number }>(async () => ({ rows: 'one' }));
    // @ts-expect-error: not an option
    taskProcessor(() => 1, { heartbeat: 60 });
    export const checked = taskProcessor(({ payload }) => payload.limit.toFixed(), { schema: v.object({ limit: v.optional(v.number(), 1) }), heartbeatSeconds: 60 });
    // @ts-expect-error: the schema has no such member
    taskProcessor(({ payload }) => payload.table, { schema: v.object({ limit: v.number() }) });
    export const contained: Promise<void> = runTask<{ table: string }>(async (task, { progress, signal }) => {
      if (signal.reason instanceof Interrupted) await progress(50, task.payload.table);
      // @ts-expect-error: the payload has no such member
      task.payload.rows;
    }, { heartbeatSeconds: 60, logger: new Logger() });
    void runTask(({ payload }) => payload.limit.toFixed(), { schema: v.object({ limit: v.optional(v.number(), 1) }) });
    // @ts-expect-error: not an option
    void runTask(() => 1, { heartbeat: 60 });
    export const failure: string = new TaskFailure('Code', 'message').code;
    export const wrapped = middy(handler);
    export const logged = taskProcessor(() => 1, { logger: new Logger() });
    export async function test(): Promise<unknown> {
      const task = fakeTask({ table: 'a' }, { type: 'export' });
      await task.run(wrapped);
      await task.runWork<{ table: string }>(({ payload }) => payload.table);
      return (await task.run(handler)).result;
    }`;
  const imports = `
    import { Readable } from 'node:stream';
    import { ReadableStream } from 'node:stream/web';
    import { Logger } from '@aws-lambda-powertools/logger';
    import middy from '@middy/core';
    import type { Handler } from 'aws-lambda';
    import * as v from 'valibot';
    import { TaskFailure, taskProcessor } from 'cdk-task-manager-processor';
    import { Interrupted, runTask } from 'cdk-task-manager-processor/container';
    import { fakeTask } from 'cdk-task-manager-processor/testing';`;
  const required = imports.replace("import middy from '@middy/core';", 'declare function middy<T>(handler: T): T;')
    .replace(/import \{([^}]+)\} from '(cdk-[^']+)'/g, 'const {$1} = require("$2") as typeof import("$2", { with: { "resolution-mode": "require" } })');

  test.each<[string, ts.CompilerOptions, string[]]>([
    ['in both module formats', nodeModules, ['mts', 'cts']],
    ['with a bundler', bundler, ['ts']],
  ])('work %s', (_, options, extensions) => {
    const files = extensions.map((extension) => write(`types.${extension}`, `${extension === 'cts' ? required : imports}${program}`));
    expect(diagnose(options, ...files)).toEqual([]);
  });

  test('compile the samples of the README', () => {
    const samples = [...readFileSync(path.join(PACKAGE, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, sample]) => sample);
    expect(samples).toHaveLength(9);
    expect(diagnose({ ...nodeModules, exactOptionalPropertyTypes: false }, ...samples.map((sample, i) => write(`sample${i}.mts`, sample)))).toEqual([]);
  });

  test('the test in the README passes', async () => {
    const sample = [...readFileSync(path.join(PACKAGE, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code).find((code) => code.includes('fakeTask'))!;
    const file = write('readme.mjs', `${ts.transpile(sample, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })}\nconsole.log('true');`);
    expect(await run(file)).toBe(true);
  });
});
