import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Annotations as CoreAnnotations, App, Stack, Stage, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { TaskEvents, TaskManager, TaskProcessor, TaskTypeOptions } from '../src';
import { aFunction, aTaskManager, apiHandlerOf, codeOf } from './support/constructs';

/** Returns the file names of the API's function, and the content of its file of task types. */
function deployed(taskTypes?: TaskTypeOptions[]) {
  const { app, stack } = aTaskManager({ taskTypes });
  const directory = codeOf(app.synth(), stack);
  const files = readdirSync(directory).sort();
  return { files, taskTypes: files.includes('task-types.json') && JSON.parse(readFileSync(path.join(directory, 'task-types.json'), 'utf8')) };
}

const EXPORT = { taskType: 'export', payloadSchema: { type: 'object', properties: { table: { type: 'string' } }, required: ['table'] } };

describe('the API\'s function', () => {
  test('has no file of task types if all are accepted', () => {
    expect(deployed().files).toEqual(['index.js']);
  });

  test('has a file of task types and their payload schemas beside its code', () => {
    expect(deployed([EXPORT, { taskType: 'report' }])).toEqual({ files: ['index.js', 'task-types.json'], taskTypes: [EXPORT, { taskType: 'report' }] });
  });

  test('gets schemas without annotations', () => {
    const payloadSchema = {
      '$schema': 'https://json-schema.org/draft/2020-12/schema',
      '$id': 'https://example.com/export',
      'title': 'Export',
      'x-team': { id: 'https://[' },
      'discriminator': { propertyName: 'kind', mapping: { id: '#/$defs/a' } },
      'properties': { title: { type: 'string', description: 'a title', default: '' }, x: { $ref: '#/%24defs/a' } },
      '$defs': { a: { enum: [{ title: 'kept' }] } },
      'examples': [{}],
    };
    expect(deployed([{ taskType: 'export', payloadSchema }]).taskTypes).toEqual([{
      taskType: 'export',
      payloadSchema: { properties: { title: { type: 'string' }, x: { $ref: '#/$defs/a' } }, $defs: { a: { enum: [{ title: 'kept' }] } } },
    }]);
  });

  test('has the same code with and without that file', () => {
    const code = [undefined, [EXPORT]].map((taskTypes) => {
      const { app, stack } = aTaskManager({ taskTypes });
      return readFileSync(path.join(codeOf(app.synth(), stack), 'index.js'), 'utf8');
    });
    expect(code[0]).toBe(code[1]);
  });

  test('has a schema of draft-07 in draft 2020-12', () => {
    const $schema = 'http://json-schema.org/draft-07/schema#';
    const payloadSchema = { $schema, items: [{ $ref: '#/definitions/a' }], additionalItems: false, definitions: { a: { type: 'string' } } };
    expect(deployed([{ taskType: 'export', payloadSchema }]).taskTypes).toEqual([{
      taskType: 'export',
      payloadSchema: { prefixItems: [{ $ref: '#/definitions/a' }], items: false, definitions: { a: { type: 'string' } } },
    }]);
  });

  test('can have more task types than fit into environment variables', () => {
    const taskTypes = Array.from({ length: 100 }, (_, i) => ({ taskType: `export-${i}`, payloadSchema: { const: 'x'.repeat(1000) } }));
    expect(deployed(taskTypes).taskTypes).toEqual(taskTypes);
  });

  test('has the same asset in TaskManagers with the same task types only', () => {
    const app = new App();
    const stacks = [['export'], ['report'], ['export']].map((types, i) => {
      const stack = new Stack(app, `Stack${i}`);
      new TaskManager(stack, 'Tasks', { taskTypes: types.map((taskType) => ({ taskType })) });
      return stack;
    });
    app.synth();
    const [one, two, three] = stacks.map((stack) => apiHandlerOf(Template.fromStack(stack)).Code.S3Key);
    expect(two).not.toBe(one);
    expect(three).toBe(one);
  });

  test('has its file of task types in a stage and with a long id, too', () => {
    const app = new App();
    const stack = new Stack(new Stage(app, 'Prod'), 'S'.repeat(100));
    new TaskManager(stack, 'T'.repeat(200), { taskTypes: [EXPORT] });
    const assembly = app.synth().getNestedAssembly('assembly-Prod');
    expect(readdirSync(codeOf(assembly, stack)).sort()).toEqual(['index.js', 'task-types.json']);
  });

  test('can be synthesized again into the same directory with other task types', () => {
    const { app } = aTaskManager({ taskTypes: [EXPORT] });
    const again = new App({ outdir: app.outdir });
    const stack = new Stack(again, 'Stack');
    new TaskManager(stack, 'Tasks', { taskTypes: [{ taskType: 'report' }] });
    expect(readFileSync(path.join(codeOf(again.synth(), stack), 'task-types.json'), 'utf8')).toBe('[{"taskType":"report"}]');
  });
});

describe('taskTypes are refused', () => {
  const typesOf = (...taskTypes: TaskTypeOptions[]) => () => aTaskManager({ taskTypes });

  test('if there are none', () => {
    expect(typesOf()).toThrow('taskTypes must have at least one task type, got none: omit it to accept all types');
  });

  test('if one is there twice', () => {
    expect(typesOf({ taskType: 'export' }, { taskType: 'report' }, { taskType: 'export' })).toThrow("taskTypes must not have a task type twice, got 'export'");
  });

  test.each(['', 'a b', '1st', 'a'.repeat(65)])('if one is not a valid task type: %j', (taskType) => {
    expect(typesOf({ taskType })).toThrow(`taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got '${taskType}'`);
  });

  test('if one is a Token', () => {
    expect(typesOf({ taskType: Token.asString({ Ref: 'Type' }) })).toThrow('taskTypes must be known at synthesis, got a Token');
  });

  test('if a schema is invalid', () => {
    expect(typesOf({ taskType: 'export', payloadSchema: { type: 'strng' } }))
      .toThrow("payloadSchema of 'export'/type must be one of array, boolean, integer, null, number, object, string, got \"strng\"");
  });
});

describe('a keyword that draft-07 ignores', () => {
  const ID = 'cdk-task-manager:ignoredKeyword';
  const payloadSchema = {
    $schema: 'http://json-schema.org/draft-07/schema#', $ref: '#/definitions/a', maxLength: 5, definitions: { a: { type: 'string' } },
  };

  test('causes a warning', () => {
    const { stack } = aTaskManager({ taskTypes: [{ taskType: 'export', payloadSchema }] });
    Annotations.fromStack(stack).hasWarning('/Stack/Tasks', "payloadSchema of 'export' has 'maxLength' next to '$ref', where draft-07 ignores it: "
      + `remove it, or put the $ref into an allOf [ack: ${ID}]`);
  });

  test('causes none if the warning is acknowledged', () => {
    const { stack, tasks } = aTaskManager({ taskTypes: [{ taskType: 'export', payloadSchema }] });
    CoreAnnotations.of(tasks).acknowledgeWarning(ID, 'as it is meant');
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp(ID));
  });
});

describe('a TaskManager with taskTypes', () => {
  const UNKNOWN = "taskType must be one of the TaskManager's taskTypes, 'export', 'report', got 'exprot'";
  const aManager = () => aTaskManager({ taskTypes: [EXPORT, { taskType: 'report' }] });

  test('returns the types that it accepts', () => {
    expect(aManager().tasks.acceptedTaskTypes).toEqual(['export', 'report']);
  });

  test('can have processors, rules and grants for these types', () => {
    const { stack, tasks } = aManager();
    new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
    tasks.onTaskFailed('Failed', { taskType: 'report' });
    tasks.grantUpdate(new iam.User(stack, 'User'), 'report');
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: { detail: { type: ['report'] } } }, 1);
  });

  test('refuses processors for other types', () => {
    const { stack, tasks } = aManager();
    expect(() => new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'exprot', handler: aFunction(stack) })).toThrow(UNKNOWN);
  });

  test('refuses rules for other types', () => {
    const { tasks } = aManager();
    expect(() => tasks.onTaskSuccessful('Rule', { taskType: 'exprot' })).toThrow(UNKNOWN);
    expect(() => TaskEvents.created(tasks, { taskType: 'exprot' })).toThrow(UNKNOWN);
  });

  test('refuses grants for other types', () => {
    const { stack, tasks } = aManager();
    expect(() => tasks.grantUpdate(new iam.User(stack, 'User'), 'exprot')).toThrow(UNKNOWN);
  });

  test('can have rules for a type that is a Token', () => {
    const { tasks } = aManager();
    expect(() => tasks.onTaskFailed('Failed', { taskType: Token.asString({ Ref: 'Type' }) })).not.toThrow();
  });
});
