/**
 * Generates clients from OpenAPI documents with the generators that users have, compiles them, and sends requests with them. Needs
 * Python 3.11, Java 17 and Maven.
 */
import { deepStrictEqual, match } from 'node:assert';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { documents } from './documents';
import { EngineError } from '../../local/engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../local/engine/python-environment';
import { quietLibraries } from '../../local/quiet-libraries';
import { heading, step } from '../../local/terminal';
import { ApiServer, aTask } from '../support/api-server';
import { command, interrupted, PROJECT } from '../support/command';
import { installNpmTool } from '../support/npm-tool';
import { fileOf } from '../support/page-samples';
import { compileTypeScript } from '../support/strict-project';

const PYTHON: PythonProgram = {
  name: 'openapi-python-client',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 11,
  directory: path.join(PROJECT, '.venv', 'openapi-clients'),
};
const LIBRARIES = path.join(PROJECT, '.m2', 'openapi-clients');

/** What each program in `use` sends. */
const TABLE = 'orders';
const REQUEST = { type: 'export', payload: { table: TABLE, filter: { column: 'id', operator: '>', value: 1 } } };

/** The sample of docs/http-api.md, and what signs its requests. */
const SAMPLE = 'export-table.ts';
const AWS = `new (require('aws4fetch').AwsClient)(${JSON.stringify({
  accessKeyId: 'AKID', secretAccessKey: 'secret', service: 'execute-api', region: 'eu-west-1',
})})`;

async function main(): Promise<void> {
  const start = performance.now();
  quietLibraries();
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-clients-')));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(path.join(__dirname, 'use'), folder, { recursive: true });
  const names = await step('writing the documents', async () => writeDocuments(folder));

  heading('Installing the generators');
  const npm = await step('openapi-typescript', () => installNpmTool(path.join(__dirname, 'npm'), 'openapi-clients'));
  const python = await step('openapi-python-client', () => pythonEnvironment({ program: PYTHON, signal: interrupted }));
  const copy = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${LIBRARIES}`];
  await step('openapi-generator', () => command(__dirname, 'mvn', ...copy));
  // Some of the generated code needs a library.
  symlinkSync(path.join(npm, 'node_modules'), path.join(folder, 'node_modules'));
  // The generator formats the code with a tool of its own environment.
  process.env.PATH = `${path.join(PYTHON.directory, 'bin')}${path.delimiter}${process.env.PATH}`;

  heading('Generating clients');
  await step('openapi-typescript', () => each(names, (name) => {
    const output = path.join('openapi-fetch', `${name}.ts`);
    return command(folder, path.join(npm, 'node_modules', '.bin', 'openapi-typescript'), `${name}.json`, '--output', output);
  }));
  await step('openapi-python-client', () => each(names, (name) => {
    const files = ['--path', `${name}.json`, '--output-path', path.join('openapi_python_client', name)];
    const options = ['generate', '--meta', 'none', '--fail-on-warning', ...files];
    return command(folder, python, ...PYTHON_FLAGS, '-m', 'openapi_python_client', ...options);
  }));
  await step('openapi-generator', () => generateByOpenApiGenerator(folder, names));

  heading('Compiling the clients, and sending requests with them');
  const api = await new ApiServer().listen();
  try {
    await step('openapi-typescript', async () => {
      const client = path.join(folder, 'openapi-fetch');
      writeSampleOfDocs(client);
      await compileTypeScript(client);
      await expectRequest(api, (url) => callExportTable(path.join(client, 'use.ts'), url));
      await expectSignedRequest(api, (url) => callExportTable(path.join(client, SAMPLE), url, AWS));
    });
    await step('openapi-generator for TypeScript', async () => {
      const client = path.join(folder, 'typescript-fetch');
      // The generator's own code is not made for more than `strict`.
      await compileTypeScript(client, { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false });
      await expectRequest(api, (url) => callExportTable(path.join(client, 'use.ts'), url));
    });
    const runPythonIn = (client: string) => () => expectRequest(api, (url) => runPython(path.join(folder, client), python, names, url));
    await step('openapi-python-client', runPythonIn('openapi_python_client'));
    await step('openapi-generator for Python', runPythonIn('openapi_generator'));
    await step('openapi-generator for Java', async () => {
      await each(names, (name) => compileJava(path.join(folder, 'java', name)));
      await expectRequest(api, (url) => runJava(path.join(folder, 'java'), url));
    });
  } finally {
    await api.stop();
  }
  console.log(`\nDone in ${Math.round((performance.now() - start) / 1000)} s`);
}

function writeDocuments(folder: string): string[] {
  const all = Object.entries(documents());
  for (const [name, document] of all) writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(document));
  return all.map(([name]) => name);
}

/** Makes all clients with one start of the Java virtual machine. */
async function generateByOpenApiGenerator(folder: string, names: string[]): Promise<void> {
  const configurations = names.flatMap((name) => [
    { generatorName: 'typescript-fetch', outputDir: path.join('typescript-fetch', name) },
    { generatorName: 'python', outputDir: 'openapi_generator', additionalProperties: { packageName: name } },
    { generatorName: 'java', outputDir: path.join('java', name), additionalProperties: { library: 'native' } },
  ].map((configuration) => ({ ...configuration, inputSpec: `${name}.json`, globalProperties: { apiTests: false, modelTests: false } })));
  const files = configurations.map((configuration, index) => {
    const file = `configuration-${index}.json`;
    writeFileSync(path.join(folder, file), JSON.stringify(configuration));
    return file;
  });
  const batch = ['org.openapitools.codegen.OpenAPIGenerator', 'batch', '--fail-fast', '--threads', '2'];
  await command(folder, 'java', '-cp', `${LIBRARIES}/*`, ...batch, ...files);
}

/** Calls the function `exportTable` of a module in TypeScript. `parameters` are expressions. */
async function callExportTable(module: string, url: string, ...parameters: string[]): Promise<void> {
  const code = `require('${module}').exportTable(${[`'${url}'`, ...parameters, `'${TABLE}'`].join(', ')})`;
  await command(PROJECT, process.execPath, '--import', 'tsx', '--eval', code);
}

async function runPython(folder: string, python: string, names: string[], url: string): Promise<void> {
  cpSync(path.join(__dirname, 'use', 'import_all.py'), path.join(folder, 'import_all.py'));
  await command(folder, python, ...PYTHON_FLAGS, 'import_all.py', ...names);
  await command(folder, python, ...PYTHON_FLAGS, 'use.py', url, TABLE);
}

async function compileJava(folder: string): Promise<void> {
  const sourceFolder = path.join(folder, 'src', 'main');
  const sources = readdirSync(sourceFolder, { recursive: true }).map(String).filter((file) => file.endsWith('.java'));
  mkdirSync(path.join(folder, 'classes'));
  await command(sourceFolder, 'javac', '-nowarn', '-cp', `${LIBRARIES}/*`, '-d', path.join(folder, 'classes'), ...sources);
}

async function runJava(folder: string, url: string): Promise<void> {
  const classPath = [path.join(folder, 'payloads', 'classes'), `${LIBRARIES}/*`].join(path.delimiter);
  await command(folder, 'java', '-cp', classPath, 'Use.java', url, TABLE);
}

/** The sample uses the types of a document without payload schemas. */
function writeSampleOfDocs(folder: string): void {
  const page = readFileSync(path.join(PROJECT, 'docs', 'http-api.md'), 'utf8');
  writeFileSync(path.join(folder, SAMPLE), fileOf(page, SAMPLE));
  cpSync(path.join(folder, 'plain.ts'), path.join(folder, 'tasks.ts'));
}

/** Lets a program create a task with a signed request. */
async function expectSignedRequest(api: ApiServer, send: (url: string) => Promise<void>): Promise<void> {
  api.script({ status: 202, headers: { 'Content-Type': 'application/json' }, body: aTask() });
  await send(api.url);
  deepStrictEqual(api.lines, ['POST /prod/tasks']);
  deepStrictEqual(JSON.parse(api.received[0].body), { type: 'export', payload: { table: TABLE } });
  match(api.received[0].headers.authorization!, /^AWS4-HMAC-SHA256 Credential=AKID\//);
}

/** Lets a program create a task and get it. */
async function expectRequest(api: ApiServer, send: (url: string) => Promise<void>): Promise<void> {
  const { taskId } = aTask();
  const headers = { 'Content-Type': 'application/json' };
  api.script(
    { status: 202, headers, body: aTask({ payload: REQUEST.payload }) },
    { headers, body: aTask({ status: 'SUCCESSFUL', payload: REQUEST.payload, result: { rows: 42 }, progress: { percent: 100 } }) },
  );
  await send(api.url.replace(/\/$/, ''));
  deepStrictEqual(api.lines, ['POST /prod/tasks', `GET /prod/tasks/${taskId}`]);
  // The client for Java sends empty arrays.
  const withoutEmpty = (_: string, value: unknown) => Array.isArray(value) && value.length === 0 ? undefined : value;
  deepStrictEqual(JSON.parse(api.received[0].body, withoutEmpty), REQUEST);
  deepStrictEqual(api.received.map((request) => request.headers['x-task-owner']), ['ann', 'ann']);
}

async function each(names: string[], work: (name: string) => Promise<unknown>): Promise<void> {
  for (const name of names) await work(name);
}

main().catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});
