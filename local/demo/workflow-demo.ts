import { Demo } from './demo';

/** A workflow as the processor. */
export const workflowDemo: Demo = {
  title: 'examples/workflow, a CDK app that encodes videos with a Step Functions workflow',
  stack: 'VideoService',
  app: 'local/demo/video-app.ts',
  task: (seconds) => ({ title: 'encode a video', type: 'video', payload: { title: 'A day in Lisbon', seconds } }),
  failing: { title: 'encode a video without a title', type: 'video', payload: {} },
  showResult: async (_client, _taskId, result) => console.log(`  result: ${JSON.stringify(result)}`),
};
