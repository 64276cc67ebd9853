/** The samples and tables of the docs that are neither compiled by jsii-rosetta nor run on the local engine. */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { transformSync } from 'esbuild';
import * as ts from 'typescript';
import { aMessage, aTask, EVENT_SOURCE } from './support/builders';
import { PROJECT } from './support/command';
import { ERROR_CODE, EVENT } from '../src/protocol/wire';
import { statusEvent } from '../src/runtime/events/events';
import { parseReport } from '../src/runtime/events/reports';

const read = (file: string) => readFileSync(path.join(PROJECT, file), 'utf8');

describe('the processor of docs/processors.md', () => {
  function sampleProcessor(): { handler(event: unknown): Promise<void> } {
    const [, source] = /```js\n(.*?)```/s.exec(read('docs/processors.md'))!;
    const sample = { exports: {} as ReturnType<typeof sampleProcessor> };
    new Function('module', 'exports', 'require', transformSync(source, { format: 'cjs' }).code)(sample, sample.exports, require);
    return sample.exports;
  }

  test('reports what the updater understands', async () => {
    const eventBridge = mockClient(EventBridgeClient);
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    const created = statusEvent(aTask({ payload: '{"table":"customers"}' }), { eventBusName: 'Bus', eventSource: EVENT_SOURCE });

    await sampleProcessor().handler({ detail: JSON.parse(created.Detail!) });

    const sent = eventBridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!);
    expect(sent.map(({ EventBusName }) => EventBusName)).toEqual(['Bus', 'Bus']);
    const reports = sent.map(({ Source, DetailType, Detail }) =>
      parseReport(aMessage(JSON.parse(Detail!), { 'source': Source, 'detail-type': DetailType }), EVENT_SOURCE));
    const about = { taskId: aTask().taskId, taskCreatedAt: aTask().createdAt };
    expect(reports).toEqual([
      expect.objectContaining({ taskType: 'export', detail: expect.objectContaining({ ...about, status: 'RUNNING', progress: { percent: 50, message: 'half of customers' } }) }),
      expect.objectContaining({ taskType: 'export', detail: { ...about, status: 'SUCCESSFUL', result: { rows: 1000 } } }),
    ]);
  });
});

describe('docs/reference.md', () => {
  const page = read('docs/reference.md');
  const listed = new Set([...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names]) => names.replaceAll('`', '').split(', ')));
  const propsOf = (file: string, name: string) => {
    const [, body] = new RegExp(`^export interface ${name} \\{\n(.*?)^\\}`, 'ms').exec(read(file))!;
    return [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, prop]) => prop);
  };

  test.each([['src/task-manager-props.ts', 'TaskManagerProps'], ['src/task-processor.ts', 'TaskProcessorProps']])('lists the props of %s, %s', (file, name) => {
    expect(propsOf(file, name).filter((prop) => !listed.has(prop))).toEqual([]);
  });

  test('lists the events and the error codes', () => {
    const published = Object.values(EVENT).filter((detailType) => detailType !== EVENT.UPDATED);
    expect([...published, ...Object.values(ERROR_CODE)].filter((name) => !listed.has(name))).toEqual([]);
  });

  test('shows the details of events as they are published', () => {
    const [created, ended] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json));
    const membersOf = (task: Parameters<typeof aTask>[0]) => (
      Object.keys(JSON.parse(statusEvent(aTask({ owner: 'ada', ...task }), { eventBusName: 'Bus', eventSource: EVENT_SOURCE }).Detail!))
    );
    expect(Object.keys(created)).toEqual(membersOf({ payload: '{}' }));
    expect(Object.keys(ended)).toEqual(membersOf({ status: 'SUCCESSFUL', result: '{}' }));
  });
});

describe('the samples in TypeScript', () => {
  interface Sample {
    readonly file: string;
    readonly source: string;
  }

  const pages = ['README.md', ...readdirSync(path.join(PROJECT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
  // Those that begin with the name of a file are whole programs, which another test runs.
  const samples = pages.flatMap((page) => [...read(page).matchAll(/^```ts(?: fixture=([\w-]+))?\n(?!\/\/ [\w./-]+\n)(.*?)^```$/gms)]
    .map(([, fixture = 'default', code], i): Sample => ({ file: `${page} ${i + 1}.ts`, source: inFixture(code, fixture) })));

  /** Puts a sample where jsii-rosetta puts it. What it declares goes before the class, for it stands in a constructor. */
  function inFixture(code: string, fixture: string): string {
    const declared = /^declare .*\n/gm;
    const declarations = code.match(declared) ?? [];
    return `${read(`rosetta/${fixture}.ts-fixture`).replace('/// here', code.replaceAll(declared, ''))}${declarations.join('')}`;
  }

  test('compile', () => {
    const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path.join(PROJECT, 'tsconfig.dev.json'), ts.sys.readFile).config, ts.sys, PROJECT);
    const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
    const { getSourceFile } = host;
    const sources = new Map(samples.map(({ file, source }) => [path.join(PROJECT, file), source]));
    host.getSourceFile = (file, ...rest) => {
      const source = sources.get(file);
      return source === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, source, ts.ScriptTarget.ES2022);
    };
    const program = ts.createProgram([...sources.keys()], { ...options, noUnusedLocals: false }, host);
    const errors = [...sources.keys()].map((file) => program.getSourceFile(file)!)
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);

    expect(samples.length).toBeGreaterThan(10);
    expect(errors.map(({ file, messageText }) => `${path.relative(PROJECT, file!.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)).toEqual([]);
  });
});
