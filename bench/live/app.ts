import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TaskLiveUpdates, TaskManager } from '../../src';

export const STACK = 'Live';
export const TASK_TYPE = 'export';

/** Synthesizes a TaskManager with live updates. The benchmark plays the processor. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', {
    removalPolicy: RemovalPolicy.DESTROY,
    // The benchmark must not measure the default, which protects an account.
    throttlingRateLimit: 100_000,
    throttlingBurstLimit: 100_000,
  });
  const { url } = new TaskLiveUpdates(stack, 'Updates', { taskManager });
  const { apiUrl, eventBus, eventSource } = taskManager;
  const outputs = { ApiUrl: apiUrl, LiveUrl: url, BusName: eventBus.eventBusName, EventSource: eventSource };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  app.synth();
}
