import { setTimeout as delay } from 'node:timers/promises';
import { RenderScript } from './long-work-app';
import { TaskFailure } from '../../processor/src';
import { runTask } from '../../processor/src/container';

/** A container that does what its payload says. */
void runTask<RenderScript>(async (task, { progress, signal }) => {
  const { seconds = 0, fails, exits, throws, uploads, returns, returnsTrace } = task.payload;
  await progress(50, 'rendering');
  await delay(1000 * seconds, undefined, { signal });
  if (fails) throw new TaskFailure(fails, 'the picture is grey');
  if (throws) throw new TypeError(throws);
  if (exits !== undefined) process.exit(exits);
  if (uploads) await task.upload(uploads, { contentType: 'text/plain', fileName: 'picture.txt' });
  return returnsTrace ? { traceparent: task.traceparent, tracestate: task.tracestate } : returns;
}, { progressIntervalSeconds: 0, statusIntervalSeconds: 1 });
