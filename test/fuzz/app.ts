import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { FuzzedKind } from './options';
import { endpointOf } from '../../local/endpoint-of';
import { TaskApiAuth, TaskEndpoint, TaskManager, TaskManagerProps, TaskProcessor } from '../../src';
import { UNTHROTTLED } from '../support/deployed-app';

export const STACK = 'Fuzz';

/** TaskManagers without authorization. */
const TASK_MANAGERS: Record<string, TaskManagerProps> = {
  AnyTask: {},
  KnownTasks: {
    taskTypes: [
      {
        taskType: 'export',
        payloadSchema: {
          type: 'object',
          properties: {
            table: { type: 'string', minLength: 3, maxLength: 255 },
            columns: { type: 'array', items: { type: 'string' }, uniqueItems: true, maxItems: 5 },
            limit: { type: 'integer', minimum: 1 },
          },
          required: ['table'],
          additionalProperties: false,
        },
      },
      { taskType: 'report' },
    ],
  },
};

/** An API: the name of the output with its URL, and the file with its OpenAPI document. */
export interface FuzzedApi {
  readonly name: string;
  readonly document: string;
}

/** Synthesizes TaskManagers. Tasks of type `export` end at once. All others never start. */
export function synthesize(outdir: string, kind: FuzzedKind): FuzzedApi[] {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const handler = new lambda.Function(stack, 'Exporter', {
    code: lambda.Code.fromInline('exports.handler = async () => ({ rows: 42 })'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
  const endpoints = endpointsOf(stack, kind);
  const apis = Object.entries(TASK_MANAGERS).map(([name, props]) => {
    const taskManager = new TaskManager(stack, name, {
      auth: TaskApiAuth.none(),
      endpoint: endpoints(name),
      removalPolicy: RemovalPolicy.DESTROY,
      // A throttled request is not a failure, but tests nothing.
      ...(kind !== 'resource' && UNTHROTTLED),
      ...props,
    });
    new TaskProcessor(stack, `${name}Processor`, { taskManager, taskType: 'export', handler, completeOnReturn: true });
    new CfnOutput(stack, `${name}Url`, { key: name, value: taskManager.apiUrl });
    const document = path.join(outdir, `${name}.openapi.json`);
    writeFileSync(document, JSON.stringify(taskManager.openApiDocument()));
    return { name, document };
  });
  app.synth();
  return apis;
}

/** Returns what gives each TaskManager its endpoint, by its name. */
function endpointsOf(stack: Stack, kind: FuzzedKind): (name: string) => TaskEndpoint {
  if (kind !== 'resource') return () => endpointOf(kind);
  const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
  return (name) => TaskEndpoint.onResource(api.root.addResource(name));
}
