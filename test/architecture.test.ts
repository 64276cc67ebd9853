import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { CfnElement, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StateMachineTaskProcessor, TaskLiveUpdates, TaskProcessor } from '../src';
import { aFunction, aTaskManager } from './support/constructs';
import { aContainerProcessor, aStateMachineProcessor } from './support/wrapper';

const PROJECT = path.join(__dirname, '..');
const PAGE = readFileSync(path.join(PROJECT, 'docs', 'architecture.md'), 'utf8');

/** Nodes of the diagram that are not in a template. */
const OUTSIDERS = ['clients', 'listeners'];

/** Actions that are arrows in the diagram. Reading a stream or a queue is not: its event source mapping is the arrow. */
const ARROW_ACTIONS = new RegExp([
  'dynamodb:(?!.*(Stream|Records|ShardIterator))', 'events:PutEvents', 'execute-api:ManageConnections', 'lambda:InvokeFunction',
  'sqs:SendMessage', 'states:(Start|Stop)Execution',
].join('|'));

type Resources = Record<string, { readonly Type: string; readonly Properties: any }>;

function aProcessedTaskManager(): { stack: Stack; resources: Resources } {
  const { stack, tasks } = aTaskManager();
  new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
  return { stack, resources: resourcesOf(stack) };
}

function resourcesOf(stack: Stack): Resources {
  return Template.fromStack(stack).toJSON().Resources;
}

/** Returns the logical ids that a value refers to. */
function references(value: unknown): string[] {
  return [...JSON.stringify(value ?? null).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, id]) => id);
}

/** Returns which resource sends something to which, by their logical ids. */
function connections(resources: Resources): [from: string, to: string][] {
  const ofType = (type: string) => Object.entries(resources)
    .filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => ({ id, ...Properties }));
  const pairs = (from: unknown, ...to: unknown[]) =>
    references(from).flatMap((one) => references(to).map((other): [string, string] => [one, other]));
  const withRole = [...ofType('AWS::Lambda::Function'), ...ofType('AWS::StepFunctions::StateMachine')];
  const usersOf = (roles: unknown) => withRole
    .filter(({ Role, RoleArn = Role }) => references(roles).includes(references(RoleArn)[0])).map(({ id }) => ({ Ref: id }));
  return [
    ...ofType('AWS::ApiGateway::Method').flatMap(({ RestApiId, Integration }) =>
      pairs(RestApiId, references(Integration.Uri).filter((id) => resources[id]).map((id) => ({ Ref: id })))),
    ...ofType('AWS::ApiGatewayV2::Integration').flatMap(({ ApiId, IntegrationUri }) =>
      pairs(ApiId, references(IntegrationUri).filter((id) => resources[id]).map((id) => ({ Ref: id })))),
    ...ofType('AWS::Lambda::EventSourceMapping').flatMap(({ EventSourceArn, FunctionName, DestinationConfig }) =>
      [...pairs(EventSourceArn, FunctionName), ...pairs(FunctionName, DestinationConfig)]),
    ...ofType('AWS::Events::Rule').flatMap(({ id, EventBusName = { Ref: id }, Targets }) =>
      Targets.flatMap(({ Arn, DeadLetterConfig }: any) => pairs(EventBusName, Arn, DeadLetterConfig))),
    ...ofType('AWS::SQS::Queue').flatMap(({ id, RedrivePolicy }) => pairs({ Ref: id }, RedrivePolicy)),
    ...ofType('AWS::Lambda::EventInvokeConfig').flatMap(({ FunctionName, DestinationConfig }) => pairs(FunctionName, DestinationConfig)),
    ...ofType('AWS::IAM::Policy').flatMap(({ Roles, PolicyDocument }) => PolicyDocument.Statement
      .filter(({ Action }: any) => [Action].flat().some((action: string) => ARROW_ACTIONS.test(action)))
      .flatMap(({ Resource }: any) => pairs(usersOf(Roles), Resource))),
  ];
}

/** Returns the names of resources in the diagram: the paths of the constructs, without their common part. */
function namesOf(stack: Stack): Map<string, string> {
  const elements = stack.node.findAll().filter((construct) => CfnElement.isCfnElement(construct)) as CfnElement[];
  return new Map(elements.map(({ logicalId, node }) => [
    stack.resolve(logicalId),
    node.path.replace(/^Stack\/(Tasks\/|Live\/|Processor\/Work\/(?:Start\/)?)?|\/Resource$/g, '').replace(/^(TaskReporter)[0-9a-f]{8}/, '$1').replaceAll('/', ''),
  ]));
}

/** Returns the arrows of the diagrams of the page, one diagram after the other. */
const [DRAWN, DRAWN_OF_LONG_WORK, DRAWN_OF_LIVE_UPDATES] = [...PAGE.matchAll(/```mermaid\n(.*?)```/gs)].map(([, diagram]) =>
  [...diagram.matchAll(/^ +(\w+) -\.?->(?:\|[^|]*\|)? (\w+)$/gm)]
    .filter(([, from, to]) => !OUTSIDERS.includes(from) && !OUTSIDERS.includes(to)).map(([, from, to]) => `${from} → ${to}`).sort());

/** Returns the arrows that a template has. */
function arrowsOf(stack: Stack, resources: Resources): string[] {
  const names = namesOf(stack);
  return [...new Set(connections(resources).map(([from, to]) => `${names.get(from)} → ${names.get(to)}`))].sort();
}

test('the diagram has the arrows of the template', () => {
  const { stack, resources } = aProcessedTaskManager();

  expect(DRAWN).toEqual(arrowsOf(stack, resources));
});

test('the diagram of long work has the arrows that its processor adds to the template', () => {
  const manager = aTaskManager();
  const { stack, tasks } = aTaskManager();
  const stateMachine = new sfn.StateMachine(stack, 'Work', { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Pass')) });
  new StateMachineTaskProcessor(stack, 'Processor', { taskManager: tasks, taskType: 'video', stateMachine });

  const ofManager = arrowsOf(manager.stack, resourcesOf(manager.stack));
  const resources = resourcesOf(stack);
  expect(DRAWN_OF_LONG_WORK).toEqual(arrowsOf(stack, resources).filter((arrow) => !ofManager.includes(arrow)));
});

test('the diagram of live updates has the arrows that they add to the template', () => {
  const manager = aTaskManager();
  const { stack, tasks } = aTaskManager();
  new TaskLiveUpdates(stack, 'Live', { taskManager: tasks });

  const ofManager = arrowsOf(manager.stack, resourcesOf(manager.stack));
  expect(DRAWN_OF_LIVE_UPDATES).toEqual(arrowsOf(stack, resourcesOf(stack)).filter((arrow) => !ofManager.includes(arrow)));
});

test('the page says how many processors of long work fit into a stack with their TaskManager', () => {
  const countOf = (stack: Stack, start = '') => Object.keys(resourcesOf(stack)).filter((id) => id.startsWith(start)).length;
  const ofManager = countOf(aTaskManager().stack);
  const kinds = { StateMachineTaskProcessor: countOf(aStateMachineProcessor().stack, 'Video'), ContainerTaskProcessor: countOf(aContainerProcessor().stack, 'Render') };

  const page = PAGE.replaceAll('\n', ' ');
  for (const [kind, count] of Object.entries(kinds)) expect(page).toContain(`A \`${kind}\` makes ${count}.`);
  expect(page).toContain(`so it has room for ${Math.floor((500 - ofManager) / Math.max(...Object.values(kinds)))} of those two kinds`);
});

test('the table of resources matches the templates', () => {
  const countOf = (resources: Resources, type: string) => Object.values(resources).filter(({ Type }) => Type === type).length;
  const manager = resourcesOf(aTaskManager().stack);
  const both = aProcessedTaskManager().resources;
  // The stack also has the function of the user, and its role.
  const yours: Record<string, number> = { 'AWS::Lambda::Function': 1, 'AWS::IAM::Role': 1 };
  const types = [...new Set(Object.values(both).map(({ Type }) => Type))];
  const rows = types.map((type) => [type, countOf(manager, type), countOf(both, type) - countOf(manager, type) - (yours[type] ?? 0)]);

  const written = [...PAGE.matchAll(/^\| `(AWS::[\w:]+)` \| (\d+) \| (\d*) ?\|/gm)].map(([, type, ofManager, ofProcessor]) => [type, Number(ofManager), Number(ofProcessor)]);

  expect(written.sort()).toEqual(rows.sort());
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column]), 0);
  expect(PAGE).toContain(`makes ${sum(1)} resources, a \`TaskProcessor\` ${sum(2)} more`);
});

describe('imports', () => {
  const files = execFileSync('git', ['ls-files', '-z', '*.ts', '*.tsx'], { cwd: PROJECT, encoding: 'utf8' }).split('\0').filter(Boolean);
  const sources = files.filter((file) => file.startsWith('src/'));
  const runtime = sources.filter((file) => file.startsWith('src/runtime/'));

  /** Returns what a file imports: names of packages, and paths from the root of the project. */
  const importsOf = (file: string) => [...readFileSync(path.join(PROJECT, file), 'utf8').matchAll(/\b(?:from|import\(|require\() ?'([\w@:./-]+)'/g)]
    .map(([, specifier]) => specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : specifier);

  /** Returns the imports of files that break a rule, as `<file> imports <import>`. */
  const breaking = (importers: string[], isAllowed: (imported: string, importer: string) => boolean) => importers.flatMap((importer) =>
    importsOf(importer).filter((imported) => !isAllowed(imported, importer)).map((imported) => `${importer} imports ${imported}`));

  const isOwn = (imported: string) => /^(src|client|processor|cli|openapi|local|bench|test|projenrc)(\/|$)/.test(imported);

  test('runtime code imports only runtime code, the protocol and packages, but no construct library', () => {
    expect(breaking(runtime, (imported) => isOwn(imported)
      ? /^src\/(protocol|runtime)\//.test(imported)
      : !/^(aws-cdk-lib|constructs)/.test(imported))).toEqual([]);
  });

  test('constructs never import runtime code', () => {
    const constructs = sources.filter((file) => !runtime.includes(file));
    expect(breaking(constructs, (imported) => !imported.startsWith('src/runtime') && !imported.startsWith('@aws-sdk'))).toEqual([]);
  });

  test.each([
    ['task', ['task', 'support']],
    ['events', ['events', 'task', 'support']],
    ['http', ['http', 'task', 'support']],
    ['live', ['live', 'http', 'task', 'support']],
    ['work', ['work', 'events', 'task', 'support']],
    ['support', ['support']],
    ['sdk-stubs', []],
  ])('src/runtime/%s imports, within the runtime, only %j', (folder, allowed) => {
    const importers = runtime.filter((file) => file.startsWith(`src/runtime/${folder}/`));
    expect(importers).not.toEqual([]);
    const folderOf = (imported: string) => imported.split('/')[2];
    expect(breaking(importers, (imported) => !imported.startsWith('src/runtime/') || allowed.includes(folderOf(imported)))).toEqual([]);
  });

  test('runtime code has no import cycles', () => {
    const graph = new Map(runtime.map((file) => [file, importsOf(file).map((imported) => `${imported}.ts`).filter((imported) => runtime.includes(imported))]));
    const isReached = (from: string, to: string, seen = new Set<string>()): boolean => (graph.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return isReached(next, to, seen);
    });
    expect(runtime.filter((file) => isReached(file, file))).toEqual([]);
  });

  test('the protocol imports only itself, and its parts that the npm packages share import nothing', () => {
    expect(breaking(sources.filter((file) => file.startsWith('src/protocol/')), (imported) => imported.startsWith('src/protocol/'))).toEqual([]);
    expect(['wire', 'json', 'limits', 'trace-context'].flatMap((part) => importsOf(`src/protocol/${part}.ts`))).toEqual([]);
  });

  test('the client imports only its own files, and the wire and live parts of the protocol', () => {
    expect(breaking(files.filter((file) => file.startsWith('client/')), (imported) =>
      imported.startsWith('client/') || /^src\/protocol\/(wire|live)$/.test(imported))).toEqual([]);
  });

  test('the command line imports only its own files, the client, and the wire and live parts of the protocol', () => {
    expect(breaking(files.filter((file) => file.startsWith('cli/src/')), (imported) => !isOwn(imported)
      || /^(cli|client)\/src(\/|$)|^src\/protocol\/(wire|live)$/.test(imported))).toEqual([]);
  });

  test('the page of the console imports only its own files, preact, the client, and what it exchanges with its server and the API', () => {
    const importers = files.filter((file) => file.startsWith('cli/page/'));
    expect(importers).not.toEqual([]);
    expect(breaking(importers, (imported) => (
      /^preact(\/|$)|^cli\/page\/|^cli\/src\/(duration|protocol)$|^client\/src(\/|$)|^src\/protocol\/wire$/.test(imported)))).toEqual([]);
  });

  test('the processor imports only its own files, parts of the protocol, Node.js and its peer dependencies', () => {
    const { name, peerDependencies } = JSON.parse(readFileSync(path.join(PROJECT, 'processor', 'package.json'), 'utf8'));
    expect(breaking(files.filter((file) => file.startsWith('processor/')), (imported) => isOwn(imported)
      ? /^processor\/|^src\/protocol\/(wire|json|limits|trace-context)$/.test(imported)
      : imported.startsWith('node:') || imported === name || imported in peerDependencies)).toEqual([]);
  });

  test('shared code of tests and benchmarks is in test/support, and nothing else imports from their folders', () => {
    const isShared = (imported: string) => !/^(bench|test)\//.test(imported) || imported.startsWith('test/support/');
    const folderOf = (file: string) => `${file.split('/').slice(0, file.startsWith('test/') ? 2 : 1).join('/')}/`;
    // The tests of the benchmark check its tables.
    const mirrors = (importer: string, imported: string) => importer.startsWith('test/bench/') && imported.startsWith('bench/');
    expect(breaking(files, (imported, importer) =>
      isShared(imported) || imported.startsWith(folderOf(importer)) || mirrors(importer, imported))).toEqual([]);
  });
});
