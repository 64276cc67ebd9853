import { Context } from 'aws-lambda';
import { TaskStatusReply } from '../protocol/wire';
import { INVOCATION_BUDGET } from './support/time-budget';
import { StatusReader } from './task/status-reader';
import { parseStatusRequest } from './task/status-request';
import { TaskStore } from './task/task-store';

/** Time to return an error. A processor that gets no answer waits for the function's time-out. */
const REPLY_MS = 1_000;

const reader = new StatusReader({ store: TaskStore.fromEnvironment({ reserveMs: REPLY_MS }), now: () => new Date() });

export async function handler(event: unknown, context: Context): Promise<TaskStatusReply> {
  INVOCATION_BUDGET.begin(context);
  return reader.read(parseStatusRequest(event));
}
