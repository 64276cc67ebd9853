import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { CfnParameter, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { TaskApiAuth, TaskEndpoint, TaskManagerProps } from '../../../src';
import { aFunction, aTaskManager } from '../../support/constructs';

function documentOf(props?: TaskManagerProps | ((stack: Stack) => TaskManagerProps)): any {
  return aTaskManager(props).tasks.openApiDocument();
}

function operationsOf(document: any): any[] {
  return Object.values<any>(document.paths).flatMap(({ get, post }) => [get, post]).filter(Boolean);
}

/** Returns the schema that a reference in the document points to. */
function at(document: any, reference: string): any {
  const place = reference.slice(2).split('/').reduce((value, step) => value?.[step.replace(/~1/g, '/').replace(/~0/g, '~')], document);
  if (place === undefined) throw new Error(`${reference} does not exist`);
  return place;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => key === '$ref' && typeof member === 'string' ? [member] : referencesIn(member));
}

describe('the document of a default TaskManager', () => {
  const document = documentOf();

  test('equals docs/openapi.json', () => {
    expect(document).toEqual(JSON.parse(readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'openapi.json'), 'utf8')));
  });

  test('has the four operations', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operationsOf(document).map(({ operationId }) => operationId)).toEqual(['listTasks', 'createTask', 'getTask', 'cancelTask']);
  });

  test('has all methods of the API', () => {
    expect(Object.entries<any>(document.paths).flatMap(([route, item]) => ['get', 'post'].filter((method) => item[method]).map((method) => `${method} ${route}`)))
      .toEqual(['get /tasks', 'post /tasks', 'get /tasks/{taskId}', 'post /tasks/{taskId}/cancel']);
  });

  test('has a tag for each operation, which it describes', () => {
    expect(document.tags).toEqual([{ name: 'tasks', description: expect.any(String) }]);
    for (const { tags } of operationsOf(document)) expect(tags).toEqual(['tasks']);
  });

  test('has each enum once', () => {
    const enums = [...JSON.stringify(document).matchAll(/"enum":\[[^\]]*\]/g)].map(([text]) => text);
    expect(enums).toEqual(['"enum":["PENDING","RUNNING","SUCCESSFUL","FAILED","CANCELLED"]']);
    const { TaskStatus } = document.components.schemas;
    expect(TaskStatus).toMatchObject({ type: 'string', enum: expect.any(Array) });
  });

  test('has no broken references', () => {
    for (const reference of referencesIn(document)) at(document, reference);
  });

  test('describes the errors of each operation as problem details', () => {
    for (const { responses } of operationsOf(document)) {
      for (const status of ['400', '401', '403', '429', 'default']) {
        expect(responses[status].content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
      }
    }
  });

  test('is a new object for each call', () => {
    const { tasks } = aTaskManager();
    tasks.openApiDocument().info.title = 'changed';
    expect(tasks.openApiDocument().info.title).toBe('Tasks');
  });
});

describe('authorization', () => {
  const secured = (auth?: (stack: Stack) => TaskApiAuth) => {
    const { security, components } = documentOf((stack) => ({ auth: auth?.(stack) }));
    return { security, schemes: components.securitySchemes };
  };
  const aTokenAuthorizer = (stack: Stack) => new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) });

  test('with IAM is a signature', () => {
    expect(secured()).toEqual({
      security: [{ caller: [] }],
      schemes: { caller: { 'type': 'apiKey', 'name': 'Authorization', 'in': 'header', 'x-amazon-apigateway-authtype': 'awsSigv4' } },
    });
  });

  test.each<[string, (stack: Stack) => TaskApiAuth]>([
    ['Cognito', (stack) => TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'))],
    ['an authorizer', (stack) => TaskApiAuth.authorizer(aTokenAuthorizer(stack), { ownerContextKey: 'sub' })],
  ])('with %s is a token', (_, auth) => {
    expect(secured(auth)).toEqual({
      security: [{ caller: [] }],
      schemes: { caller: { type: 'apiKey', name: 'Authorization', in: 'header', description: 'A token' } },
    });
  });

  test('with an authorizer is a token in the header that it reads', () => {
    const { schemes } = secured((stack) => TaskApiAuth.authorizer(aTokenAuthorizer(stack), { ownerContextKey: 'sub', tokenHeader: 'X-Session' }));
    expect(schemes).toEqual({ caller: { type: 'apiKey', name: 'X-Session', in: 'header', description: 'A token' } });
  });

  test('is empty for TaskApiAuth.none()', () => {
    expect(secured(() => TaskApiAuth.none())).toEqual({ security: [], schemes: {} });
  });

  test('with IAM and ownerHeader requires the header in each operation', () => {
    for (const { parameters } of operationsOf(documentOf({ auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }) }))) {
      expect(parameters.at(-1)).toEqual({
        name: 'X-Task-Owner', in: 'header', required: true, description: 'The owner of the tasks', schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
      });
    }
  });

  test('requires no header of the owner by default', () => {
    const names = operationsOf(documentOf()).flatMap(({ parameters = [] }) => parameters.map(({ name }: { name: string }) => name));
    expect(names).toEqual(['status', 'type', 'limit', 'nextToken', 'Idempotency-Key', 'If-None-Match']);
  });
});

describe('the endpoint', () => {
  test.each<[string, (stack: Stack) => TaskEndpoint]>([
    ['httpApi', () => TaskEndpoint.httpApi()],
    ['onResource', (stack) => TaskEndpoint.onResource(new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false }).root.addResource('v1'))],
  ])('%s adds the errors of API Gateway itself, which are no problem details', (_, endpoint) => {
    const document = documentOf((stack) => ({ endpoint: endpoint(stack) }));
    for (const { responses } of operationsOf(document)) {
      for (const status of ['401', '403', '429', '503', 'default']) {
        expect(responses[status].content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } }, 'application/json': { schema: { $ref: '#/components/schemas/GatewayError' } },
        });
      }
      expect(Object.keys(responses['400'].content)).toEqual(['application/problem+json']);
    }
    for (const reference of referencesIn(document)) at(document, reference);
    expect(Object.keys(document.paths)).toEqual(['/tasks', '/tasks/{taskId}', '/tasks/{taskId}/cancel']);
  });

  test('restApi with apiKeyRequired requires a key beside the authorization', () => {
    const apiKey = { type: 'apiKey', name: 'X-Api-Key', in: 'header' };
    const endpoint = TaskEndpoint.restApi({ apiKeyRequired: true });
    const document = documentOf({ endpoint });
    expect(document.security).toEqual([{ caller: [], apiKey: [] }]);
    expect(document.components.securitySchemes).toEqual({ caller: expect.anything(), apiKey });
    const withoutAuth = documentOf({ endpoint, auth: TaskApiAuth.none() });
    expect(withoutAuth.security).toEqual([{ apiKey: [] }]);
    expect(withoutAuth.components.securitySchemes).toEqual({ apiKey });
  });
});

describe('maxPollWait', () => {
  const headersOfPoll = (maxPollWait?: Duration) => documentOf({ maxPollWait }).paths['/tasks/{taskId}'].get.parameters.map(({ name }: { name: string }) => name);

  test.each([[undefined], [Duration.seconds(0)]])('of %s omits the header Prefer', (maxPollWait) => {
    expect(headersOfPoll(maxPollWait)).toEqual(['If-None-Match']);
  });

  test.each([[Duration.seconds(1)], [Duration.seconds(Lazy.number({ produce: () => 5 }))]])('of %s adds the header Prefer to polls', (maxPollWait) => {
    expect(headersOfPoll(maxPollWait)).toEqual(['If-None-Match', 'Prefer']);
  });
});

describe('taskTimeout', () => {
  const timeoutSeconds = (taskTimeout?: Duration) => documentOf({ taskTimeout }).components.schemas.CreateTask.properties.timeoutSeconds;

  test.each([[undefined, 86_400], [Duration.minutes(90), 5400]])('of %s is the maximum of timeoutSeconds', (taskTimeout, maximum) => {
    expect(timeoutSeconds(taskTimeout)).toEqual({ type: 'integer', minimum: 1, maximum });
  });

  test('that is a Token gives timeoutSeconds no maximum', () => {
    expect(timeoutSeconds(Duration.seconds(Lazy.number({ produce: () => 5 })))).toEqual({ type: 'integer', minimum: 1 });
  });
});

describe('taskTypes', () => {
  const tree = {
    $id: 'https://example.com/tree',
    type: 'object',
    properties: { root: { $ref: '#/$defs/node' }, again: { $ref: '#/$defs/leaf' }, $ref: { type: 'string' } },
    $defs: { node: { type: 'object' }, leaf: { type: 'string' } },
  };
  const document = documentOf({ taskTypes: [{ taskType: 'export', payloadSchema: tree }, { taskType: 'report.v2' }] });
  const { CreateTask } = document.components.schemas;

  test('adds a request schema for each task type', () => {
    expect(CreateTask).toEqual({
      title: 'CreateTask',
      oneOf: [{ $ref: '#/components/schemas/CreateTask.export' }, { $ref: '#/components/schemas/CreateTask.report.v2' }],
      discriminator: {
        propertyName: 'type',
        mapping: { 'export': '#/components/schemas/CreateTask.export', 'report.v2': '#/components/schemas/CreateTask.report.v2' },
      },
    });
    for (const type of ['export', 'report.v2']) {
      expect(document.components.schemas[`CreateTask.${type}`]).toMatchObject({
        type: 'object',
        additionalProperties: false,
        properties: { type: { type: 'string', const: type }, timeoutSeconds: { type: 'integer', minimum: 1, maximum: 86_400 } },
      });
    }
  });

  test('with a schema requires a payload of that schema', () => {
    expect(document.components.schemas['CreateTask.export']).toMatchObject({
      properties: { payload: { $ref: '#/components/schemas/Payload.export' } }, required: ['type', 'payload'],
    });
  });

  test('without a schema allows any payload, or none', () => {
    expect(document.components.schemas['CreateTask.report.v2']).toMatchObject({ properties: { payload: {} }, required: ['type'] });
    expect(document.components.schemas).not.toHaveProperty(['Payload.report.v2']);
  });

  test('keeps the targets of references in a schema', () => {
    const schema = document.components.schemas['Payload.export'];
    expect(schema).toEqual({
      type: 'object',
      properties: {
        root: { $ref: '#/components/schemas/Payload.export.node' },
        again: { $ref: '#/components/schemas/Payload.export.leaf' },
        $ref: { type: 'string' },
      },
    });
    expect(at(document, schema.properties.root.$ref)).toEqual(tree.$defs.node);
    expect(at(document, schema.properties.again.$ref)).toEqual(tree.$defs.leaf);
  });

  test('does not change the schema of the user', () => {
    expect(tree.properties.root.$ref).toBe('#/$defs/node');
  });
});

test('the document of a TaskManager with all props is JSON, without Tokens', () => {
  const document = documentOf((stack) => {
    const limit = new CfnParameter(stack, 'Limit', { type: 'Number' }).valueAsNumber;
    return {
      auth: TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'), { authorizationScopes: ['tasks/write'] }),
      accessLogs: true,
      corsAllowOrigins: [Token.asString({ Ref: 'Origin' })],
      maxPollWait: Duration.seconds(limit),
      taskRetention: Duration.seconds(limit),
      taskTimeout: Duration.seconds(limit),
      throttlingRateLimit: limit,
      taskTypes: [{ taskType: 'export', payloadSchema: { type: 'object' } }],
    };
  });
  const text = JSON.stringify(document);
  expect(JSON.parse(text)).toEqual(document);
  expect(text).not.toContain('Token[');
  expect(text).not.toContain('e+2');
});
