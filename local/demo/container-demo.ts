import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Demo } from './demo';

/** Rows of pixels that a machine renders in a second, roughly. */
const ROWS_PER_SECOND = 100;

/** A container as the processor. */
export const containerDemo: Demo = {
  title: 'examples/container, a CDK app that renders images in containers, here as processes of this machine',
  stack: 'RenderService',
  app: 'local/demo/render-app.ts',
  task: (seconds) => ({
    title: 'render an image', type: 'render', payload: { width: 400, height: Math.max(1, Math.round(ROWS_PER_SECOND * seconds)) },
  }),
  failing: { title: 'render an image of no size', type: 'render', payload: { width: 0 } },
  showResult: async (client, taskId, result, resultUrl) => {
    const { width, height } = result as { width: number; height: number };
    console.log(`  an image of ${width} × ${height} pixels\n\n  GET ${resultUrl?.split('?')[0]}?…`);
    const file = path.join(tmpdir(), 'cdk-task-manager-demo.png');
    writeFileSync(file, Buffer.from(await (await client.downloadResult(taskId)).arrayBuffer()));
    console.log(`  │ ${file}`);
  },
};
