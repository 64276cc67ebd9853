import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskApiAuth, TaskManager, TaskManagerProps, TaskProcessor } from '../../src';

export const STACK = 'Fuzz';

/** The TaskManagers, whose APIs are open to everybody. */
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

/** An API, by the name of the output that is its address, and what it says of itself. */
export interface FuzzedApi {
  readonly name: string;
  readonly document: string;
}

/** Synthesizes TaskManagers. Of their tasks, those of type `export` end at once, and all others never start. */
export function synthesize(outdir: string): FuzzedApi[] {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const handler = new lambda.Function(stack, 'Exporter', {
    code: lambda.Code.fromInline('exports.handler = async () => ({ rows: 42 })'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
  const apis = Object.entries(TASK_MANAGERS).map(([name, props]) => {
    const taskManager = new TaskManager(stack, name, {
      auth: TaskApiAuth.none(),
      removalPolicy: RemovalPolicy.DESTROY,
      // To be throttled is no failure, but teaches nothing.
      throttlingRateLimit: 10_000,
      throttlingBurstLimit: 5_000,
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
