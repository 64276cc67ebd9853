import { SQSEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { report } from '../support/report';

/** What the processor of the test does. Its result is when it did it. */
export interface Script {
  readonly workMs?: number;
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
  const { workMs = 0, throws } = detail.payload as Script;
  if (more.length > 0) throw new Error('got several messages at once');
  if (throws) throw new Error('no luck');
  await new Promise((resolve) => setTimeout(resolve, workMs));
  const result: Interval = { start, end: Date.now() };
  await report(detail, { status: 'SUCCESSFUL', result });
}
