import { Readable } from 'node:stream';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { Task, TaskEnded, TaskFailure, taskProcessor, TaskTools } from '../../processor/src';

/** What a processor does: the payloads of python_processor/index.py. */
interface Script {
  readonly fail?: { readonly code: string; readonly message: string };
  readonly crash?: string;
  readonly workUntilCancelled?: true;
  readonly uploadLines?: number;
  readonly returnTrace?: true;
  readonly progressTo?: number;
}

const sqs = new SQSClient({});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

/** A processor that does what its payload says, with the helper for TypeScript. */
export const handler = taskProcessor<Script>(async (task, tools) => {
  const { fail, crash, workUntilCancelled, uploadLines, returnTrace, progressTo = 0 } = task.payload;
  if (fail) throw new TaskFailure(fail.code, fail.message);
  if (crash !== undefined) throw new RangeError(crash);
  if (workUntilCancelled) return work(task, tools);
  if (uploadLines !== undefined) {
    await task.upload(Readable.from(lines(uploadLines)), { contentType: 'text/plain', fileName: 'lines.txt' });
    return { lines: uploadLines };
  }
  if (returnTrace) {
    const { traceparent, tracestate } = task;
    return { traceparent, tracestate, active: trace.getSpanContext(context.active())?.traceId };
  }
  for (let percent = 0; percent <= progressTo; percent += 10) await tools.progress(percent, `${percent} %`);
  return { type: task.type, progress: progressTo };
}, { statusIntervalSeconds: 1 });

async function work({ taskId }: Task, { progress, signal }: TaskTools): Promise<void> {
  for (let step = 1; !signal.aborted; step++) await progress(undefined, `step ${step}`);
  const { reason } = signal;
  // The test sees that the work has stopped.
  const MessageBody = `${taskId} ${reason instanceof TaskEnded ? reason.status : reason}`;
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.STOPPED_QUEUE, MessageBody }));
  throw reason;
}

function* lines(count: number): Iterable<string> {
  for (let number = 0; number < count; number++) yield `line ${number}\n`;
}
