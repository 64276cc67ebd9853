import { BusEvent, DISLIKED } from './event-bus';
import { HELPED } from './helped';
import { LONG_NAMES, outcomeOf } from './work';
import { Random } from '../support/random';

/** A step of a processor, and the pause before it. */
export type Step =
  | { readonly afterMs: number; readonly report: Record<string, unknown> }
  | { readonly afterMs: number; readonly returns: unknown }
  | { readonly afterMs: number; readonly throws: string };

const SUCCESSFUL = { status: 'SUCCESSFUL', result: { rows: 3 } };
/** A little too long for the head of a task. Copying longer ones would take most of the time. */
const LARGE = { status: 'SUCCESSFUL', result: 'x'.repeat(2100) };
const EXCESSIVE = { status: 'SUCCESSFUL', result: 'x'.repeat(200 * 1024) };
const FAILED = { status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };

const TOO_DEEP_FOR_RESULTS = nested(200);
const TOO_DEEP_FOR_EVENTS = nested(1100);

/** Stands for the key of an object of the task. */
export const OWN_KEY = 'own key';

export const UNREACHABLE = 'unreachable';
export const BREATHLESS = 'breathless';
export const ATTENTIVE = 'attentive';

/** Half of a surrogate pair, which EventBridge does not accept. */
const HALF = '😀'.slice(0, 1);
/** The limit of a text is in the middle of its last character. */
const LONG_TEXT = `${'m'.repeat(4095)}😀`;

/** Behaviours of processors, good and bad. */
const BEHAVIOURS: Record<string, (random: Random, remainingMs: number, attempt: number) => Step[]> = {
  diligent: (random) => [running(random, 0), running(random, 1), running(random, 2), end(random, SUCCESSFUL)],
  quick: (random) => [end(random, SUCCESSFUL)],
  failing: (random) => [running(random, 0), end(random, FAILED)],
  verbose: (random) => [running(random, 0), end(random, LARGE)],
  // Rarely, because it takes a thousand times as long as the others.
  excessive: (random) => [end(random, random.chance(0.02) ? EXCESSIVE : LARGE)],
  silent: () => [],
  /** EventBridge can't deliver events to it. */
  [UNREACHABLE]: () => [],
  stuck: (random) => [running(random, 0)],
  repetitive: (random) => [running(random, 0), end(random, SUCCESSFUL), end(random, SUCCESSFUL), end(random, LARGE)],
  contradictory: (random) => [end(random, SUCCESSFUL), end(random, FAILED), running(random, 7)],
  late: (random, remainingMs) => [
    running(random, 0), { afterMs: remainingMs + 1000 * random.int(0, 120), report: random.pick([SUCCESSFUL, FAILED]) },
  ],
  confused: (random) => [running(random, 5), running(random, 3), running(random, 4), end(random, SUCCESSFUL)],
  unnumbered: (random) => [running(random), running(random), end(random, FAILED)],
  throwing: (random) => [{ afterMs: pause(random), throws: random.pick(['no luck', '', HALF, DISLIKED, LONG_TEXT]) }],
  collapsing: (random) => [running(random, 0), { afterMs: pause(random), throws: 'no luck' }],
  returning: (random) => [{ afterMs: pause(random), returns: random.pick([undefined, null, { rows: 1 }]) }],
  /** Its function returns a value that can't be a result. */
  unreturnable: (random) => [
    { afterMs: pause(random), returns: random.pick([HALF, TOO_DEEP_FOR_RESULTS, TOO_DEEP_FOR_EVENTS, [Infinity], { text: DISLIKED }]) },
  ],
  beating: (random) => [running(random, 0, 30), running(random, 1, 30), running(random, 2), end(random, SUCCESSFUL)],
  dying: (random) => [running(random, 0, 30), running(random, 1)],
  hurried: (random) => [running(random, 0, 300), running(random, 1, 10)],
  /** Stops reporting for too long right before its deadline, and reports again right at it. */
  [BREATHLESS]: (random, remainingMs) => [
    { ...running(random, 0, 18), afterMs: Math.max(0, remainingMs - 20_000) },
    { ...running(random, 1), afterMs: 19_700 + 10 * random.int(0, 40) },
  ],
  /** Fails after it has cancelled its heartbeat. Its second attempt takes longer than the heartbeat. */
  patient: (random, _, attempt) => attempt === 1
    ? [running(random, 0, 90), { ...running(random, 1, 0), afterMs: random.pick([0, 35_000]) }, { afterMs: 40_000, throws: 'no luck' }]
    : [{ ...running(random, 0, 0) }, { ...end(random, SUCCESSFUL), afterMs: 150_000 }],
  /** Asks for the status of its task before and during its work, and stops when that has ended. Sometimes it fails first. */
  [ATTENTIVE]: (random, _, attempt) => [
    running(random, 0), running(random, 1), running(random, 2),
    attempt === 1 && random.chance(0.3) ? { afterMs: pause(random), throws: 'no luck' } : end(random, SUCCESSFUL),
  ],
  careless: (random) => [
    { afterMs: pause(random), report: { status: 'RUNNING', ...random.pick([{ sequence: 0.5, progress: null }, { progress: 'half', heartbeatSeconds: '1' }, { taskCreatedAt: 'today' }]) } },
    end(random, { ...SUCCESSFUL, ...random.pick([{ sequence: null }, { sequence: 1.5 }, { progress: null }, { heartbeatSeconds: {} }]) }),
  ],
  /** Its errors are missing or invalid, or would be cut within a character. */
  inarticulate: (random) => [end(random, { status: 'FAILED', error: random.pick([undefined, null, 'the disk is full', { message: LONG_TEXT }, 507]) })],
  /** Puts its result into the bucket. */
  bulky: (random) => [running(random, 0), end(random, {
    ...SUCCESSFUL,
    resultObject: random.pick<unknown>([
      { key: OWN_KEY, contentType: 'text/csv', fileName: LONG_TEXT }, { key: OWN_KEY, contentType: 7 }, null,
    ]),
  })],
  /** Reports an object that is not the task's. */
  misplacing: (random) => [end(random, {
    ...SUCCESSFUL,
    resultObject: random.pick<unknown>([
      { key: 'tasks/export/other/1' }, { key: `${OWN_KEY}/../2` }, { key: 7 }, {}, 'x',
    ]),
  })],
  entangled: (random) => [end(random, { status: 'SUCCESSFUL', result: TOO_DEEP_FOR_RESULTS })],
  /** Its report is refused permanently, so its function fails. */
  unspeakable: (random) => [end(random, { status: 'SUCCESSFUL', result: random.chance(0.1) ? TOO_DEEP_FOR_EVENTS : HALF })],
  malformed: (random) => [{ afterMs: 0, report: { status: 'DONE' } }, end(random, SUCCESSFUL)],
  mistaken: (random) => [{ afterMs: 0, report: { taskId: '0000ghost', ...random.pick([SUCCESSFUL, LARGE, FAILED, { status: 'RUNNING' }]) } }, end(random, SUCCESSFUL)],
};

export function steps({ detail }: BusEvent, random: Random, attempt: number, now: number): Step[] {
  return BEHAVIOURS[detail.payload.behaviour](random, Math.max(0, Date.parse(detail.deadlineAt) - now), attempt);
}

export const BEHAVIOUR_NAMES = Object.keys({ ...BEHAVIOURS, ...HELPED });

/** Behaviours that need a destination for what they return. */
export const RETURNING = ['returning', 'unreturnable'];

/** The error codes of behaviours; undefined for success. Behaviours with a random end are missing. */
export const OUTCOMES: Record<string, { code?: string }> = {
  helped: {},
  helpedFailing: { code: 'NoDisk' },
  helpedThrowing: { code: 'ProcessorFailed' },
  helpedRecovering: {},
  helpedBeating: {},
  helpedStoppable: {},
  helpedEntangled: { code: 'InvalidResult' },
  diligent: {},
  quick: {},
  verbose: {},
  confused: {},
  malformed: {},
  mistaken: {},
  returning: {},
  patient: {},
  careless: {},
  attentive: {},
  unreturnable: { code: 'InvalidResult' },
  entangled: { code: 'InvalidResult' },
  bulky: {},
  misplacing: { code: 'InvalidResult' },
  inarticulate: { code: 'InvalidError' },
  failing: { code: 'NoDisk' },
  silent: { code: 'TaskTimeout' },
  unreachable: { code: 'DeliveryFailed' },
  stuck: { code: 'TaskTimeout' },
  throwing: { code: 'ProcessorFailed' },
  unspeakable: { code: 'ProcessorFailed' },
  collapsing: { code: 'ProcessorFailed' },
  dying: { code: 'HeartbeatTimeout' },
  hurried: { code: 'HeartbeatTimeout' },
  ...Object.fromEntries(LONG_NAMES.flatMap((name) => {
    const outcome = outcomeOf(name);
    return outcome ? [[name, outcome]] : [];
  })),
};

/** Makes the record that Lambda sends to the destination of a function. */
export function invocationRecord(event: BusEvent, condition: string, responsePayload: unknown): object {
  return { version: '1.0', requestContext: { condition, approximateInvokeCount: 3 }, requestPayload: event, responsePayload };
}

function running(random: Random, sequence?: number, heartbeatSeconds?: number): Step {
  return { afterMs: pause(random), report: { status: 'RUNNING', sequence, heartbeatSeconds, progress: { percent: random.int(0, 100) } } };
}

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

function end(random: Random, report: object): Step {
  return { afterMs: pause(random), report: { ...report } };
}

function pause(random: Random): number {
  return 100 * random.int(0, random.chance(0.1) ? 600 : 30);
}
