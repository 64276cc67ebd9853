import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { observe } from './deployed-app';
import { EndpointKind } from './endpoint-kinds';
import { TaskApiAuth, TaskManager } from '../../src';

export const HTTP_API_STACK = 'HttpApi';
export const OWNER_HEADER = 'X-Task-Owner';
export const ORIGIN = 'https://app.example.com';

/** Synthesizes a TaskManager that uses all features of its API, and one with the defaults. */
export function synthesizeHttpApi(outdir: string, { endpoint }: EndpointKind): void {
  const app = new App({ outdir });
  const stack = new Stack(app, HTTP_API_STACK);
  observe(stack, 'Full', new TaskManager(stack, 'Full', {
    auth: TaskApiAuth.iam({ ownerHeader: OWNER_HEADER }),
    corsAllowOrigins: [ORIGIN],
    endpoint: endpoint(stack, 1),
    maxPollWait: Duration.seconds(10),
    removalPolicy: RemovalPolicy.DESTROY,
    taskTimeout: Duration.hours(1),
    taskTypes: [
      { taskType: 'free' },
      {
        taskType: 'export',
        payloadSchema: {
          type: 'object',
          properties: { table: { $ref: '#/$defs/name' }, rows: { type: 'integer', minimum: 1 } },
          required: ['table'],
          additionalProperties: false,
          $defs: { name: { type: 'string', pattern: '^[a-z]+$' } },
        },
      },
    ],
  }));
  observe(stack, 'Plain', new TaskManager(stack, 'Plain', { endpoint: endpoint(stack, 2), removalPolicy: RemovalPolicy.DESTROY }));
  app.synth();
}
