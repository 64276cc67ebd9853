import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LiveMessage } from '../../../src/runtime/live/live-queue';
import { LiveWorld } from '../../support/a-live-world';
import { aTask, NOW } from '../../support/builders';

const popular = aTask();
const other = aTask({ taskId: 'c0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10' });
const WATCHERS = 10_000;
const OPEN = 500;
const BATCH = 10;

let world: LiveWorld;
/** First in, first out: the worst that the queue can do to the other watcher. Fair queues let it overtake. */
let queue: LiveMessage[];
let taken: number;

beforeEach(async () => {
  world = new LiveWorld();
  queue = [];
  taken = 0;
  for (const task of [popular, other]) await world.store.create(task);
  const watchers = Array.from({ length: WATCHERS }, (_, i) => `c${String(i).padStart(5, '0')}`);
  for (const [i, id] of watchers.entries()) {
    watch(`task#${popular.taskId}`, id);
    // All others have gone, and nobody has noticed.
    if (i % (WATCHERS / OPEN) === 0) world.open.add(id);
  }
  watch(`task#${other.taskId}`, 'other');
  world.open.add('other');
});

function watch(topic: string, connectionId: string): void {
  world.connections.execute(new PutItemCommand({
    TableName: 'Live', Item: marshall({ topic, connectionId, expiresAt: NOW.getTime() / 1000 + 7200 }),
  }));
}

function change({ taskId, createdAt }: typeof popular, version: number): void {
  queue.push({ topic: `task#${taskId}`, state: { taskId, createdAt, version, status: 'RUNNING' }, at: NOW.getTime(), group: taskId });
}

/** Hands the next messages of the queue to the sender. What that queues comes last. */
async function work(): Promise<void> {
  expect(await world.deliver(...queue.splice(0, BATCH))).toEqual({ batchItemFailures: [] });
  const queued = world.queued();
  queue.push(...queued.slice(taken).map(({ message }) => message));
  taken = queued.length;
}

const posts = () => world.api.commandCalls(PostToConnectionCommand).length;
const hasHeard = () => world.posts.some(({ to }) => to === 'other');

test.each([1, 40])('10,000 watchers of a task that changes %d times hold up the watcher of another one by a page for each batch that waits', async (changes) => {
  for (let version = 2; version < 2 + changes; version++) change(popular, version);
  for (let i = 0; i < 7; i++) await work();
  const before = posts();
  const waiting = Math.ceil((queue.length + 1) / BATCH);
  change(other, 2);
  while (!hasHeard()) await work();
  // Of all messages of a batch about the same page, one is sent.
  expect(posts() - before).toBeLessThanOrEqual(100 * waiting + 1);
  expect(waiting).toBeLessThanOrEqual(1 + changes / BATCH);
});

test('of many changes that wait, each watcher gets few, and the last one', async () => {
  for (let version = 2; version < 42; version++) change(popular, version);
  while (queue.length > 0) await work();
  // Not 40 for each watcher. Some that have gone are met by several pages at once.
  expect(posts()).toBeLessThanOrEqual(1.5 * WATCHERS + 4 * OPEN);
  const last = new Map(world.posts.map(({ to, state }) => [to, state.version]));
  expect([...last.values()]).toEqual(Array(OPEN).fill(41));
  expect(world.connections.watchersOf(`task#${popular.taskId}`)).toHaveLength(OPEN);
});
