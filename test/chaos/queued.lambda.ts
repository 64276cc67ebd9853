import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SQSEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { report } from '../support/report';

/** What the processor of the test does. Its result is when it did it. */
export interface Script {
  readonly workMs?: number;
  /** It works until `size` tasks have been at work. Each makes a file in the folder: all functions of the local engine share the disk. */
  readonly meeting?: { readonly folder: string; readonly size: number };
  readonly throws?: boolean;
}

/** When it ran, in milliseconds of the machine that all functions of the local engine share. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export async function handler({ Records: [{ body }, ...more] }: SQSEvent): Promise<void> {
  const start = Date.now();
  const { detail } = JSON.parse(body) as { detail: TaskCreatedDetail };
  const { workMs = 0, meeting, throws } = detail.payload as Script;
  if (more.length > 0) throw new Error('got several messages at once');
  if (throws) throw new Error('no luck');
  await delay(workMs);
  if (meeting) await meet(detail.taskId, meeting);
  const result: Interval = { start, end: Date.now() };
  await report(detail, { status: 'SUCCESSFUL', result });
}

async function meet(taskId: string, { folder, size }: NonNullable<Script['meeting']>): Promise<void> {
  writeFileSync(join(folder, taskId), '');
  while (readdirSync(folder).length < size) await delay(10);
}
