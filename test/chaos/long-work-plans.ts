import { RenderScript, Script } from './long-work-app';
import { Random } from '../support/random';

/** What the test tells the container without a helper to do. */
export interface PlainRenderScript extends Pick<RenderScript, 'seconds' | 'fails' | 'exits' | 'returns' | 'text'> {
  /** Text that it stores as its result. */
  readonly stores?: string;
  /** Whether it ignores SIGTERM. */
  readonly isDeaf?: boolean;
}

export type TroubleName = 'cancel' | 'repeat its event' | 'stop the wrapper' | 'stop the work' | 'kill the container' | 'reclaim the container';

/** Something that happens to a task. */
export interface Trouble {
  readonly name: TroubleName;
  /** When the task is created, its wrapper has been started, its work has been started, or it has ended; and how long after that. */
  readonly when: 'created' | 'started' | 'working' | 'ended';
  readonly delayMs: number;
}

/** The life of a task. */
export interface Plan {
  readonly type: 'video' | 'render';
  readonly script: Script | PlainRenderScript;
  readonly timeoutSeconds: number;
  /** How the task ends. Missing if trouble decides. */
  readonly end?: { readonly status: string; readonly [name: string]: unknown };
  readonly troubles: readonly Trouble[];
}

/** Time-out of the tasks that are not meant to reach it. */
const TIMEOUT_SECONDS = 60;
/** Trouble that does not change how a task ends. */
const HARMLESS: TroubleName[] = ['repeat its event', 'reclaim the container'];
const VALUES = [0, false, '', [], [[]], [1], {}, { pixels: [4] }];
const successful = (result?: unknown) => ({ status: 'SUCCESSFUL', ...(result !== undefined && { result }) });
const failed = (code: string) => ({ status: 'FAILED', error: { code } });

/** Returns the life of the next task. */
export function nextPlan(random: Random): Plan {
  const type = random.pick(['video', 'render'] as const);
  if (random.chance(0.2)) return cancelledPlan(random, type);
  const behaviour = type === 'video' ? videoBehaviour(random) : renderBehaviour(random);
  const troubles = Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, () => trouble(random, type));
  const isSure = troubles.every(({ name, when }) => HARMLESS.includes(name) || when === 'ended');
  return { type, timeoutSeconds: TIMEOUT_SECONDS, ...behaviour, troubles, end: isSure ? behaviour.end : undefined };
}

/** Returns the life of a task whose work does not end while the test waits, unless it is stopped. */
function cancelledPlan(random: Random, type: Plan['type']): Plan {
  const cancel: Trouble = { name: 'cancel', when: random.pick(['created', 'created', 'started', 'working']), delayMs: random.int(0, 1_500) };
  const again: Trouble = { name: 'repeat its event', when: random.pick(['created', 'started', 'ended']), delayMs: random.int(0, 1_500) };
  return {
    type,
    script: { seconds: 1_800, isDeaf: random.chance(0.5) },
    timeoutSeconds: 1_800,
    troubles: random.chance(0.5) ? [cancel] : [cancel, again],
    end: { status: 'CANCELLED' },
  };
}

type Behaviour = Pick<Plan, 'script' | 'end'> & { readonly timeoutSeconds?: number };

function videoBehaviour(random: Random): Behaviour {
  const seconds = random.int(0, 4);
  const returns = random.pick(VALUES);
  return random.pick<Behaviour>([
    { script: { seconds, returns }, end: successful(returns) },
    { script: { seconds, returns }, end: successful(returns) },
    { script: { seconds, fails: 'NoSound' }, end: failed('NoSound') },
    { script: { text: 'x'.repeat(random.chance(0.3) ? 300_000 : 10) }, end: successful() },
    endless(random, {}),
  ]);
}

function renderBehaviour(random: Random): Behaviour {
  const seconds = random.int(0, 4);
  const returns = random.pick([null, ...VALUES]);
  return random.pick<Behaviour>([
    { script: { seconds }, end: successful() },
    { script: { seconds, returns }, end: successful(returns) },
    { script: { returns, text: 'x'.repeat(10_000) }, end: successful(returns) },
    { script: { seconds, fails: 'NoColour', exits: random.pick([0, 1]) }, end: failed('NoColour') },
    { script: { seconds, exits: 7 }, end: failed('ProcessorFailed') },
    { script: { seconds, stores: '{"pixels": ' }, end: failed('InvalidResult') },
    endless(random, { isDeaf: random.chance(0.5) }),
  ]);
}

function endless(random: Random, script: PlainRenderScript): Behaviour {
  return { script: { ...script, seconds: 600 }, timeoutSeconds: random.int(5, 12), end: failed('TaskTimeout') };
}

function trouble(random: Random, type: Plan['type']): Trouble {
  const ofContainers = type === 'render' ? ['kill the container', 'reclaim the container'] as const : [];
  const name = random.pick<TroubleName>(['cancel', 'cancel', 'repeat its event', 'stop the wrapper', 'stop the work', ...ofContainers]);
  const times: Record<TroubleName, Trouble['when'][]> = {
    'cancel': ['created', 'created', 'started', 'working'],
    'repeat its event': ['created', 'started', 'ended'],
    'stop the wrapper': ['started', 'working'],
    'stop the work': ['working'],
    'kill the container': ['working'],
    'reclaim the container': ['started', 'working'],
  };
  return { name, when: random.pick(times[name]), delayMs: random.int(0, 1_500) };
}
