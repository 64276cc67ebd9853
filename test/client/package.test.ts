import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as ts from 'typescript';
import { WebSocketServer } from 'ws';
import * as client from '../../client/src';
import { ApiServer, aTask } from '../support/api-server';
import { codeBlocksOf } from '../support/page-samples';
import { STRICT } from '../support/strict-project';
import { temporaryDirectory } from '../support/temporary-directory';

const PROJECT = path.join(__dirname, '..', '..');
const PACKAGE = path.join(PROJECT, 'client');
const BUNDLE = path.join(PACKAGE, 'dist', 'index.mjs');
const manifest = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8'));

let consumer: string;

beforeAll(() => {
  if (!existsSync(BUNDLE)) throw new Error('client/dist is missing: run npx projen build:client');
  consumer = temporaryDirectory('client');
  mkdirSync(path.join(consumer, 'node_modules', '@types'), { recursive: true });
  symlinkSync(PACKAGE, path.join(consumer, 'node_modules', 'cdk-task-manager-client'));
  for (const name of ['aws4fetch', 'ws', '@types/ws']) symlinkSync(path.join(PROJECT, 'node_modules', name), path.join(consumer, 'node_modules', name));
});

function write(name: string, content: string): string {
  const file = path.join(consumer, name);
  writeFileSync(file, content);
  return file;
}

test('is, with the rest of a page minified and split, less than 4 KiB, and less than 6 KiB with live updates', async () => {
  const esbuild = path.join(PROJECT, 'node_modules', '.bin', 'esbuild');
  const page = write('page.mjs', 'export * from "cdk-task-manager-client";');
  const output = path.join(consumer, 'page');
  await promisify(execFile)(esbuild, [page, '--bundle', '--minify', '--splitting', '--format=esm', '--target=es2022', `--outdir=${output}`]);
  const sizes = readdirSync(output).map((file) => gzipSync(readFileSync(path.join(output, file)), { level: 9 }).byteLength);
  expect(sizes).toHaveLength(2);
  expect(gzipSync(readFileSync(path.join(output, 'page.js')), { level: 9 }).byteLength).toBeLessThan(4096);
  expect(sizes[0] + sizes[1]).toBeLessThan(6144);
});

test('has no dependencies, and imports nothing but its code for the socket, which it loads later', () => {
  expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
  const imports = readdirSync(path.join(PACKAGE, 'dist')).map((file) => {
    const code = readFileSync(path.join(PACKAGE, 'dist', file), 'utf8');
    return [file, ...code.match(/(?<=^|[;}])import\b.*|\bimport\([^)]*\)|\brequire\([^)]*\)|\bfrom ?["'].*/gm) ?? []];
  });
  expect(imports.filter(([, ...found]) => found.length > 0)).toEqual([
    ['index.cjs', 'require("./live-socket.js")'],
    ['index.mjs', 'import("./live-socket.mjs")'],
  ]);
});

test('contains all files that its package.json names', () => {
  const { types, main, exports } = manifest;
  const named = [types, main, ...Object.values<string>(exports['.'].import), ...Object.values<string>(exports['.'].require)];
  expect(named.filter((file) => !existsSync(path.join(PACKAGE, file)))).toEqual([]);
});

describe.each([
  ['an ES module', 'main.mjs', 'import * as client from "cdk-task-manager-client";'],
  ['a CommonJS module', 'main.cjs', 'const client = require("cdk-task-manager-client");'],
  ['an ES module that requires CommonJS', 'required.mjs', 'import { createRequire } from "node:module"; const client = createRequire(import.meta.url)("cdk-task-manager-client");'],
])('as %s', (_, name, load) => {
  const run = async (program: string, ...parameters: string[]) => {
    const file = write(name, `${load}\n(async () => { ${program} })().then((result) => console.log(JSON.stringify(result)));`);
    const { stdout } = await promisify(execFile)(process.execPath, [file, ...parameters]);
    return JSON.parse(stdout);
  };

  test('has the same exports as the sources', async () => {
    expect(await run('return Object.keys(client).sort();')).toEqual(Object.keys(client).sort());
  });

  test('runs a task, and throws its errors', async () => {
    const api = await new ApiServer().listen();
    try {
      api.script({ status: 202, body: aTask({ status: 'SUCCESSFUL', result: 'done' }) }, { body: aTask({ status: 'FAILED', error: { code: 'Bad', message: 'bad' } }) });
      expect(await run(`
        const tasks = new client.TaskClient({ url: process.argv[2] });
        const result = await tasks.run('export', { table: 'customers' });
        const error = await tasks.wait('id').catch((thrown) => thrown);
        return [result, error.name, error.code, error instanceof client.TaskFailedError, error instanceof client.TaskClientError];
      `, api.url)).toEqual(['done', 'TaskFailedError', 'Bad', true, true]);
    } finally {
      await api.stop();
    }
  });

  test('gets the end of a task over a socket, and exits', async () => {
    const api = await new ApiServer().listen();
    const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: ([protocol]) => protocol });
    await once(sockets, 'listening');
    try {
      const { taskId, createdAt } = aTask();
      let status: client.TaskStatus = 'PENDING';
      // Without the socket, the client would poll after an hour.
      api.answer = () => ({ body: aTask({ status }), headers: { 'Retry-After': '3600' } });
      sockets.on('connection', (socket, request) => socket.on('message', () => {
        socket.send(JSON.stringify({ taskId, createdAt, version: 1, status }));
        status = 'SUCCESSFUL';
        socket.send(JSON.stringify({ taskId, createdAt, version: 2, status }));
        expect(request.headers['sec-websocket-protocol']).toBe('cdk-task-manager,bearer.secret');
      }));
      expect(await run(`
        const { WebSocket } = await import('ws');
        const liveUrl = 'ws://127.0.0.1:' + process.argv[3];
        const tasks = new client.TaskClient({ url: process.argv[2], liveUrl, liveToken: () => 'secret', webSocket: WebSocket });
        return (await tasks.wait('id')).status;
      `, api.url, String((sockets.address() as AddressInfo).port))).toBe('SUCCESSFUL');
    } finally {
      sockets.close();
      await api.stop();
    }
  });
});

test('an ES module can import names from its CommonJS module', async () => {
  const file = write('named.mjs', 'import { TaskClient } from "./node_modules/cdk-task-manager-client/dist/index.cjs"; console.log(TaskClient.name);');
  expect((await promisify(execFile)(process.execPath, [file])).stdout).toBe('TaskClient\n');
});

describe('its types', () => {
  const base: ts.CompilerOptions = { ...STRICT, skipDefaultLibCheck: true, noEmit: true, types: [], target: ts.ScriptTarget.ES2022 };
  const browser = { lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'] };
  const node = { lib: ['lib.es2022.d.ts'], types: ['node'], typeRoots: [path.join(PROJECT, 'node_modules', '@types')] };
  const nodeModules = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

  // Parsing the libraries takes most of the time, and they are the same for all tests.
  const libraries = new Map<string, ts.SourceFile | undefined>();
  const diagnose = (options: ts.CompilerOptions, ...files: string[]) => {
    const host = ts.createCompilerHost({ ...base, ...options });
    const read = host.getSourceFile;
    host.getSourceFile = (file, ...parameters) => {
      if (!/\/typescript\/lib\//.test(file)) return read(file, ...parameters);
      if (!libraries.has(file)) libraries.set(file, read(file, ...parameters));
      return libraries.get(file);
    };
    return ts.getPreEmitDiagnostics(ts.createProgram(files, { ...base, ...options }, host)).map(({ file, messageText }) =>
      `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  };

  const program = `
    const tasks = new TaskClient({ url: new URL('https://example.com'), headers: () => ({ Authorization: 'Bearer token' }), fetch });
    export async function main(signal: AbortSignal): Promise<number> {
      const rows: number = (await tasks.run<{ rows: number }>('export', { table: 'customers' }, { signal, onChange: (task: Task) => task.progress?.percent })).rows;
      const { tasks: summaries, nextToken } = await tasks.list({ status: ['PENDING', 'RUNNING'], limit: 3 });
      const token: string | undefined = nextToken;
      for await (const { result } of tasks.watch<{ rows: number }>('id', { signal })) if (result) return result.rows;
      for await (const { taskId } of tasks.watchAll({ signal })) await tasks.cancel(taskId);
      const failure = new TaskFailedError(await tasks.get(summaries[0]!.taskId));
      // @ts-expect-error: lists have no results
      summaries[0].result;
      // @ts-expect-error: not a status
      await tasks.list({ status: 'DONE' });
      return rows + (failure.code ?? token ?? '').length;
    }`;
  const imported = `import { type Task, TaskClient, TaskFailedError } from 'cdk-task-manager-client';${program}`;
  const required = `import client = require('cdk-task-manager-client');
    import TaskClient = client.TaskClient; import TaskFailedError = client.TaskFailedError; type Task = client.Task;${program}`;

  test.each<[string, ts.CompilerOptions]>([
    ['of a browser', { ...browser, ...nodeModules }],
    ['of Node.js', { ...node, ...nodeModules }],
  ])('work in both module formats, with only the libraries %s', (_, options) => {
    expect(diagnose(options, write('types.mts', imported), write('types.cts', required))).toEqual([]);
  });

  test('work with a bundler', () => {
    expect(diagnose({ ...browser, ...bundler }, write('bundled.ts', imported))).toEqual([]);
  });

  test('resolve to those of an ES module in an ES module', () => {
    const { resolvedModule } = ts.resolveModuleName('cdk-task-manager-client', path.join(consumer, 'types.mts'), { ...base, ...nodeModules }, ts.sys, undefined, undefined, ts.ModuleKind.ESNext);
    expect(resolvedModule?.resolvedFileName).toBe(path.join(PACKAGE, 'dist', 'index.d.mts'));
  });

  test.each([
    ['client/README.md', 14, /./], ['docs/http-api.md', 5, /./], ['docs/live-updates.md', 1, /from 'cdk-task-manager-client'/],
  ])('compile the samples of %s', (page, count, pattern) => {
    // Other tests compile those that are whole files.
    const samples = codeBlocksOf(readFileSync(path.join(PROJECT, page), 'utf8'))
      .filter(({ language, file, code }) => language === 'ts' && !file && pattern.test(code)).map(({ code }) => code);
    expect(samples).toHaveLength(count);
    // A sample that does not create a client uses that of a sample before.
    const prelude = "declare const tasks: import('cdk-task-manager-client').TaskClient; export {};\n";
    const files = samples.map((sample, i) => (
      write(`${path.basename(page)}-${i}.mts`, sample.includes('new TaskClient(') ? sample : prelude + sample)
    ));
    expect(diagnose({ ...node, ...browser, ...nodeModules }, ...files)).toEqual([]);
  });

  test('give `onChange` the type of the result', () => {
    expect(diagnose({ ...browser, ...bundler }, write('on-change.ts', `import { TaskClient } from 'cdk-task-manager-client';
      const tasks = new TaskClient({ url: 'https://example.com' });
      export const waited = tasks.wait<{ rows: number }>('id', { onChange: ({ result }) => result?.rows });
      export const run = tasks.run<{ rows: number }>('export', {}, { onChange: ({ result }) => result?.rows });
      // @ts-expect-error: the result has no such member
      export const wrong = tasks.wait<{ rows: number }>('id', { onChange: ({ result }) => result?.columns });`))).toEqual([]);
  });

  test('allow options that are undefined', () => {
    expect(diagnose({ ...browser, ...bundler }, write('undefined.ts', `import { type ListOptions, type RunOptions, TaskClient } from 'cdk-task-manager-client';
      declare const list: { [Name in keyof Required<ListOptions>]: ListOptions[Name] | undefined };
      declare const run: { [Name in keyof Required<RunOptions>]: RunOptions[Name] | undefined };
      const tasks = new TaskClient({ url: 'https://example.com', fetch: undefined, headers: undefined, liveUrl: undefined, liveToken: undefined, webSocket: undefined });
      export const calls = [tasks.list(list), tasks.watch('id', run), tasks.watchAll(run), tasks.run('export', {}, run), tasks.get('id', run), tasks.wait('id', run), tasks.create('export', {}, run)];`)))
      .toEqual([]);
  });
});
