import { DynamoDBRecord } from 'aws-lambda';
import { billPerMillion, Endpoint, total, Usage } from './cost';
import { table, usd } from './documentation';
import { CountingTable } from './life/counting-table';
import { countFollowed, FollowedOptions, Following } from './life/followed-tasks';
import { LiveCounts, LiveFunctions } from './life/live-functions';
import { ASSUMED } from './prices';
import { newTask } from '../src/runtime/task/task';
import { TaskStore } from '../src/runtime/task/task-store';
import { TRACE } from '../test/support/builders';

const HOUR = 3600;

const TASK_SECONDS = { '10 seconds': 10, '1 minute': 60, '10 minutes': 600, '1 hour': HOUR };

/** Number of tasks that a function gets at once. */
const LOADS = { light: 1, load: 10 };

type Load = keyof typeof LOADS;

/** Seconds between two reports of progress. */
const PAUSES = { 'never': Infinity, 'every minute': 60, 'every 10 seconds': 10, 'every 2 seconds': 2 };

/** What a step of live updates used. */
interface LiveStep {
  readonly name: string;
  readonly calls: readonly string[];
  readonly usage: Usage;
}

/** Returns the table of what each step of live updates uses, one at a time, through the real functions. */
export async function liveStepsTable(): Promise<string> {
  const steps = await countLiveSteps();
  const heads = ['step', 'calls', 'write units', 'read units', 'messages', 'requests of the queue', 'invocations', 'USD per million'];
  return table(heads, steps.map(({ name, calls, usage }) => {
    const { writeUnits, readUnits, messages, queueRequests, invocations } = usage;
    const counts = [writeUnits, readUnits, messages, queueRequests, invocations].map((count) => count || undefined);
    return [name, callsOf(calls), ...counts, usd(total(billPerMillion(usage, 'http')))];
  }));
}

/** Counts what each step of live updates uses. */
export async function countLiveSteps(): Promise<LiveStep[]> {
  let nowMs = Date.parse('2026-11-23T10:00:00.000Z');
  const tasks = new CountingTable(() => nowMs);
  const store = new TaskStore(tasks.sdkClient(), 'TaskStatus', 7 * 24 * HOUR);
  const live = new LiveFunctions({ store, nowMs: () => nowMs, onPost: () => {} });
  const { taskId } = await store.create(newTask({ type: 'export', payload: {} }, { taskTimeoutSeconds: 24 * HOUR, trace: TRACE }, new Date(nowMs)));
  let image = tasks.changes[0].after;
  const change = async () => {
    const before = image;
    image = { ...before, version: { N: String(Number(before.version.N) + 1) } };
    await live.publish([{ eventName: 'MODIFY', dynamodb: { OldImage: before, NewImage: image, SequenceNumber: '1' } } as DynamoDBRecord]);
  };
  const steps: LiveStep[] = [];
  const step = async (name: string, run: () => Promise<unknown>, known: Partial<LiveCounts> = {}) => {
    const [before, calls, { read }] = [{ ...live.counts }, tasks.calls.length, { ...tasks.units }];
    await run();
    const added = (key: Exclude<keyof LiveCounts, 'calls'>) => live.counts[key] - before[key] + (known[key] ?? 0);
    steps.push({
      name,
      calls: [...tasks.calls.slice(calls), ...live.counts.calls.splice(0)],
      usage: {
        ...NOTHING,
        invocations: added('invocations'),
        functionSeconds: added('functionSeconds'),
        writeUnits: added('writeUnits'),
        readUnits: added('readUnits') + tasks.units.read - read,
        queueRequests: added('queueRequests'),
        fairQueueRequests: added('fairQueueRequests'),
        messages: added('messages'),
        connectionMinutes: added('connectionMinutes'),
      },
    });
  };
  await step('a task changes, and nobody watches', change);
  await step('a client connects', () => live.connect('c1'));
  await step('it watches the task', () => live.ask('c1', JSON.stringify({ action: 'watch', taskId })));
  await step('the task changes', change);
  await step('the client pings', () => live.ask('c1', JSON.stringify({ action: 'ping' })));
  await step('a minute of the connection', async () => {}, { connectionMinutes: 1 });
  live.close('c1');
  await step('the next change after the client has gone', change);
  // The authorizer has the keys of the provider, and calls no service.
  await step('a token: the authorizer', async () => {}, { invocations: 1, functionSeconds: ASSUMED.liveAuthorizerSeconds });
  await live.connect('c2', HOUR);
  live.counts.calls.length = 0;
  await step('a token: the end of the connection, an hour later', async () => {
    for (let next = await live.deliver(); next !== undefined; next = await live.deliver()) nowMs = next;
  }, { queueRequests: 1, connectionMinutes: -60 });
  return steps;
}

const NOTHING: Usage = {
  requests: 0, invocations: 0, logBytes: 0, functionSeconds: 0, writeUnits: 0, readUnits: 0, events: 0, queueRequests: 0, storedBytes: 0,
};

/** More are not worth the time to count them. */
const MAX_REPORTS = 100;

/** USD for a million tasks, on top of the task itself. */
type Price = Record<Endpoint, number>;

type Case = Pick<FollowedOptions, 'seconds' | 'progressReports'>;

/** Returns what following costs: the difference to the same tasks without live updates that nobody follows. */
export async function priceOfFollowing(following: Following, load: Load, life: Case): Promise<Price> {
  const batch = LOADS[load];
  const itself = await countFollowed({ ...life, batch, following: 'none', hasLiveUpdates: false });
  const followed = await countFollowed({ ...life, batch, following, hasLiveUpdates: following === 'live' || following === 'none' });
  const price = (endpoint: Endpoint) => total(billPerMillion(followed, endpoint)) - total(billPerMillion(itself, endpoint));
  return { rest: price('rest'), http: price('http') };
}

/** Returns the table of what a caller costs that follows its task. Live updates are bold where they cost less than polls. */
export async function followingTable(): Promise<string> {
  const rows = [];
  for (const [time, seconds] of Object.entries(TASK_SECONDS)) {
    // These do not depend on the load, because requests come alone, and hardly on progress.
    const polls = await priceOfFollowing('polls', 'light', { seconds, progressReports: 0 });
    const waits = await priceOfFollowing('waits', 'light', { seconds, progressReports: 0 });
    for (const [pause, pauseSeconds] of Object.entries(PAUSES)) {
      const progressReports = Math.max(0, Math.floor(seconds / pauseSeconds) - 1);
      if (pauseSeconds < Infinity && progressReports === 0 || progressReports > MAX_REPORTS) continue;
      const life = { seconds, progressReports };
      const [load, light] = [await priceOfFollowing('live', 'load', life), await priceOfFollowing('live', 'light', life)];
      const unwatched = await priceOfFollowing('none', 'load', life);
      const live = (price: Price, endpoint: Endpoint) => {
        return price[endpoint] < polls[endpoint] ? `**${usd(price[endpoint])}**` : usd(price[endpoint]);
      };
      rows.push([
        time, pause, usd(polls.rest), live(load, 'rest'), live(light, 'rest'), usd(polls.http), live(load, 'http'), live(light, 'http'),
        usd(waits.http), usd(unwatched.http),
      ]);
    }
  }
  return table([
    'the task takes', 'and reports progress', 'polls, REST API', 'live', 'live, light load', 'polls, HTTP API', 'live', 'live, light load',
    '`Prefer: wait`, HTTP API', 'nobody follows',
  ], rows);
}

function callsOf(calls: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  return [...counts].map(([call, count]) => count > 1 ? `${count} ${call}` : call).join(', ');
}
