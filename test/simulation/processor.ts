import { BusEvent } from './event-bus';
import { Random } from './random';
import { ERROR_CODE } from '../../src/protocol';

/** One thing that a processor does; it waits `afterMs` before. */
export type Step =
  | { readonly afterMs: number; readonly report: Record<string, unknown> }
  | { readonly afterMs: number; readonly returns: unknown }
  | { readonly afterMs: number; readonly throws: true };

const SUCCESSFUL = { status: 'SUCCESSFUL', result: { rows: 3 } };
/** Too long for the head of a task, and no longer than that: most of the time goes into copying it. */
const LARGE = { status: 'SUCCESSFUL', result: 'x'.repeat(2100) };
const EXCESSIVE = { status: 'SUCCESSFUL', result: 'x'.repeat(200 * 1024) };
const FAILED = { status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };

export const UNREACHABLE = 'unreachable';

/** What processors do, the good and the bad. */
const BEHAVIOURS: Record<string, (random: Random, lifetimeMs: number) => Step[]> = {
  diligent: (random) => [running(random, 0), running(random, 1), running(random, 2), end(random, SUCCESSFUL)],
  quick: (random) => [end(random, SUCCESSFUL)],
  failing: (random) => [running(random, 0), end(random, FAILED)],
  verbose: (random) => [running(random, 0), end(random, LARGE)],
  // Once in a while, as it takes a thousand times the time of any other.
  excessive: (random) => [end(random, random.chance(0.02) ? EXCESSIVE : LARGE)],
  silent: () => [],
  /** EventBridge finds no way to it. */
  [UNREACHABLE]: () => [],
  stuck: (random) => [running(random, 0)],
  repetitive: (random) => [running(random, 0), end(random, SUCCESSFUL), end(random, SUCCESSFUL), end(random, LARGE)],
  contradictory: (random) => [end(random, SUCCESSFUL), end(random, FAILED), running(random, 7)],
  late: (random, lifetimeMs) => [running(random, 0), { afterMs: lifetimeMs + 1000 * random.int(0, 120), report: random.pick([SUCCESSFUL, FAILED]) }],
  confused: (random) => [running(random, 5), running(random, 3), running(random, 4), end(random, SUCCESSFUL)],
  unnumbered: (random) => [running(random), running(random), end(random, FAILED)],
  throwing: (random) => [{ afterMs: pause(random), throws: true }],
  collapsing: (random) => [running(random, 0), { afterMs: pause(random), throws: true }],
  returning: (random) => [{ afterMs: pause(random), returns: random.pick([undefined, null, { rows: 1 }]) }],
  beating: (random) => [running(random, 0, 30), running(random, 1, 30), running(random, 2), end(random, SUCCESSFUL)],
  dying: (random) => [running(random, 0, 30), running(random, 1)],
  hurried: (random) => [running(random, 0, 300), running(random, 1, 10)],
  malformed: (random) => [{ afterMs: 0, report: { status: 'DONE' } }, end(random, SUCCESSFUL)],
  mistaken: (random) => [{ afterMs: 0, report: { taskId: '0000ghost', ...random.pick([SUCCESSFUL, LARGE, FAILED, { status: 'RUNNING' }]) } }, end(random, SUCCESSFUL)],
};

export function steps({ detail }: BusEvent, random: Random): Step[] {
  return BEHAVIOURS[detail.payload.behaviour](random, Date.parse(detail.deadlineAt) - Date.parse(detail.createdAt));
}

export const BEHAVIOUR_NAMES = Object.keys(BEHAVIOURS);

/** What Lambda tells the function's destination. */
export function invocationRecord(event: BusEvent, condition: string, responsePayload: unknown): object {
  return { version: '1.0', requestContext: { condition, approximateInvokeCount: 3 }, requestPayload: event, responsePayload };
}

/** Codes that tasks may fail with, whatever their processors do. */
export const ERROR_CODES = [...Object.values(ERROR_CODE), FAILED.error.code];

function running(random: Random, sequence?: number, heartbeatSeconds?: number): Step {
  return { afterMs: pause(random), report: { status: 'RUNNING', sequence, heartbeatSeconds, progress: { percent: random.int(0, 100) } } };
}

function end(random: Random, report: object): Step {
  return { afterMs: pause(random), report: { ...report } };
}

function pause(random: Random): number {
  return 100 * random.int(0, random.chance(0.1) ? 600 : 30);
}
