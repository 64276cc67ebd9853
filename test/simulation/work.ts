import { DISLIKED } from './event-bus';
import { mark } from './invariants';
import type { WorkKind } from './wrapper';
import { TASK_END } from '../../src/protocol/wire';
import { Random } from '../support/random';

/** How work ends. */
export type WorkEnd = { readonly result: unknown } | { readonly error: { readonly code: string; readonly message: string } } | 'lost';

/** What work can use. */
export interface WorkTools {
  readonly random: Random;
  /** When the task was created, so that reports show which task they are for. */
  readonly createdAt: string;
  /** How often work has been started for the task, with this time. */
  readonly starts: number;
  /** Lets time pass. Does not return if the work is stopped meanwhile. */
  pause(ms: number): Promise<void>;
  /** Lets time pass until a time after the creation of the task. */
  until(ageMs: number): Promise<void>;
  progress(): void;
  /** Never returns: the work goes on until it is stopped. */
  forever(): Promise<never>;
}

export interface LongBehaviour {
  /** Whether the first start of the work has an effect but no answer. */
  readonly losesAnswer?: boolean;
  /** Whether ECS can reclaim its capacity. */
  readonly canBeLost?: boolean;
  /** When somebody stops the wrapper by hand, after the creation of its task. */
  readonly breaksAfterMs?: number;
  /** The code of the error with which the task fails; undefined for success. Missing if it is not sure. */
  readonly outcome?: { readonly code?: string } | ((kind: WorkKind) => { readonly code?: string });
  work(tools: WorkTools): Promise<WorkEnd>;
  /** Returns the error with which Step Functions refuses to start a wrapper at an age of the task. */
  refusesWrapper?(ageMs: number): string | undefined;
  /** Returns the error with which the service refuses to start the work. `starts` counts those that had an effect. */
  refusesWork?(ageMs: number, starts: number, kind: WorkKind): string | undefined;
  /** Returns when the owner cancels the task, after its creation. */
  cancelsAfterMs?(random: Random): number;
  /** Returns by how much the event is late. */
  eventAfterMs?(random: Random): number;
  /** Returns when the event comes again. */
  eventAgainAfterMs?(random: Random): number;
}

const MOMENT_MS = 30_000;


const endless = async ({ forever }: WorkTools) => forever();

const denied = (kind: WorkKind) => kind === 'machine' ? 'StepFunctions.AccessDeniedException' : 'ECS.AccessDeniedException';
const limitExceeded = (kind: WorkKind) => kind === 'machine' ? 'StepFunctions.ExecutionLimitExceededException' : 'ECS.LimitExceededException';

/** The result of work that says for which task it was made. */
async function diligent({ random, createdAt, pause, progress }: WorkTools): Promise<WorkEnd> {
  for (let i = random.int(0, 3); i > 0; i--) {
    await pause(1000 * random.int(1, 100));
    progress();
  }
  await pause(random.int(10, 100_000));
  return { result: { rows: 3, by: mark(createdAt) } };
}

/** Behaviours of long work, good and bad. */
const BEHAVIOURS: Record<string, LongBehaviour> = {
  diligent: { work: diligent, outcome: {} },
  failing: {
    async work({ random, createdAt, pause }) {
      await pause(random.int(10, 100_000));
      return { error: { code: 'NoDisk', message: `the disk is full ${mark(createdAt)}` } };
    },
    outcome: { code: 'NoDisk' },
  },
  /** It goes on after its deadline, if nobody stops it. */
  overdue: { work: endless, outcome: { code: 'TaskTimeout' } },
  /** Its task is cancelled while it starts. */
  hasty: { work: endless, cancelsAfterMs: (random) => random.int(0, 3_000), outcome: { code: 'TaskTimeout' } },
  /** Its event comes when its task may have been cancelled. */
  tardy: {
    work: endless,
    eventAfterMs: (random) => random.int(0, 5_000),
    cancelsAfterMs: (random) => random.int(0, 5_000),
    outcome: { code: 'TaskTimeout' },
  },
  /** It ends when its task is cancelled. */
  racing: {
    async work({ random, createdAt, until }) {
      await until(MOMENT_MS + 10 * random.int(0, 40));
      return { result: { rows: 3, by: mark(createdAt) } };
    },
    cancelsAfterMs: (random) => MOMENT_MS + 10 * random.int(0, 200),
    outcome: {},
  },
  /** Somebody stops its wrapper. */
  broken: { work: endless, breaksAfterMs: MOMENT_MS, outcome: { code: 'ProcessorFailed' } },
  /** Its event comes twice. */
  doubled: { work: diligent, eventAgainAfterMs: (random) => random.pick([random.int(0, 1_000), random.int(0, 700_000)]), outcome: {} },
  /** EventBridge refuses its result. */
  unspeakable: {
    async work({ random, pause }) {
      await pause(random.int(10, 10_000));
      return { result: { text: DISLIKED } };
    },
    outcome: { code: 'InvalidResult' },
  },
  /** Its wrapper can't be started for a while. */
  delayed: { work: diligent, refusesWrapper: (ageMs) => ageMs < 100_000 ? 'ExecutionLimitExceeded' : undefined, outcome: {} },
  /** Its wrapper can't be started in any attempt. */
  unlucky: { work: diligent, refusesWrapper: () => 'ExecutionLimitExceeded', outcome: { code: 'ProcessorFailed' } },
  /** Its wrapper can never be started. */
  unstartable: { work: diligent, refusesWrapper: () => 'StateMachineDeleting', outcome: { code: 'ProcessorFailed' } },
  /** Its own start is refused for a while, in which its task can be cancelled. */
  waiting: {
    work: diligent,
    refusesWork: (ageMs, _, kind) => ageMs < MOMENT_MS ? limitExceeded(kind) : undefined,
    cancelsAfterMs: (random) => random.pick([MOMENT_MS, 10 * MOMENT_MS]) + random.int(-10_000, 10_000),
    outcome: {},
  },
  /** Its own start is refused for good. */
  misconfigured: {
    work: diligent,
    refusesWork: (_, __, kind) => kind === 'machine' ? 'StepFunctions.StateMachineDoesNotExistException' : 'ECS.ClusterNotFoundException',
    outcome: { code: 'ProcessorFailed' },
  },
  /** Nobody knows whether it was started. */
  unanswered: {
    work: diligent,
    losesAnswer: true,
    outcome: (kind) => kind === 'machine' ? {} : { code: 'ProcessorFailed' },
  },
  /** Nobody knows whether it was started, and all further attempts are refused. */
  abandoned: {
    work: endless,
    losesAnswer: true,
    refusesWork: (_, starts, kind) => starts > 0 ? denied(kind) : undefined,
    outcome: { code: 'ProcessorFailed' },
  },
};

/** Behaviours of containers alone. */
const OF_CONTAINERS: Record<string, LongBehaviour> = {
  /** Its capacity is reclaimed once. */
  reclaimed: {
    async work(tools) {
      if (tools.starts > 1) return diligent(tools);
      await tools.pause(tools.random.int(1_000, 100_000));
      return 'lost';
    },
    canBeLost: true,
    outcome: {},
  },
  /** Its capacity is reclaimed again and again, and its task cancelled around that time. */
  unwanted: {
    async work({ pause, random, starts }) {
      await pause(starts === 1 ? MOMENT_MS : random.int(1_000, 20_000));
      return 'lost';
    },
    canBeLost: true,
    cancelsAfterMs: (random) => random.pick([MOMENT_MS, 10 * MOMENT_MS]) + random.int(0, 20_000),
    outcome: { code: 'ProcessorFailed' },
  },
};

/** The behaviours of long work by their names, which begin with the kind of the work. */
export const LONG: ReadonlyMap<string, LongBehaviour & { readonly kind: WorkKind }> = new Map([
  ...Object.entries(BEHAVIOURS).flatMap(([name, behaviour]) => (['machine', 'container'] as const).map((kind) => [kind, name, behaviour] as const)),
  ...Object.entries(OF_CONTAINERS).map(([name, behaviour]) => ['container', name, behaviour] as const),
].map(([kind, name, behaviour]) => [`${kind} ${name}`, { ...behaviour, kind }] as const));

export const LONG_NAMES = [...LONG.keys()];

/** Returns what work leaves as its output, or in the result bucket. */
export function outputOf(end: Exclude<WorkEnd, 'lost'>): unknown {
  return 'error' in end ? { [TASK_END]: { status: 'FAILED', error: end.error } } : end.result;
}

/** The outcome of a behaviour. Undefined if it is not sure. */
export function outcomeOf(name: string): { readonly code?: string } | undefined {
  const { outcome, kind } = LONG.get(name)!;
  return typeof outcome === 'function' ? outcome(kind) : outcome;
}
