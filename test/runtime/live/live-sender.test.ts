import { DeleteConnectionCommand, LimitExceededException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { LiveState } from '../../../src/protocol/live';
import { Announcement } from '../../../src/runtime/live/live-queue';
import { Pace } from '../../../src/runtime/live/pace';
import { OutOfTime } from '../../../src/runtime/support/time-budget';
import { LiveWorld } from '../../support/a-live-world';
import { aTask, at, NOW } from '../../support/builders';

const { taskId, createdAt } = aTask();
const TOPIC = `task#${taskId}`;
const SECONDS = NOW.getTime() / 1000;

let world: LiveWorld;

beforeEach(async () => {
  world = new LiveWorld();
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
  await world.store.create(aTask({ owner: 'ada' }));
});

function aState(version: number, state: Partial<LiveState> = {}): LiveState {
  return { taskId, createdAt, version, status: 'RUNNING', ...state };
}

function anAnnouncement(version: number, announcement: Partial<Announcement> = {}): Announcement {
  return { topic: TOPIC, state: aState(version), at: NOW.getTime(), group: 'group', ...announcement };
}

async function watchers(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await world.connect(id, 'ada');
    await world.ask(id, { action: 'watch', taskId });
  }
}

const versionsTo = (id: string) => world.posts.filter(({ to }) => to === id).map(({ state }) => state.version);

test('each watcher gets the state', async () => {
  await watchers('c1', 'c2');
  expect(await world.deliver(anAnnouncement(2))).toEqual({ batchItemFailures: [] });
  expect(world.posts).toEqual([{ to: 'c1', state: aState(2) }, { to: 'c2', state: aState(2) }]);
  expect(world.queued()).toEqual([]);
});

test('nobody gets a state twice, or one that is older than what they got', async () => {
  await watchers('c1');
  await world.deliver(anAnnouncement(3));
  await world.deliver(anAnnouncement(3));
  await world.deliver(anAnnouncement(2));
  await world.deliver(anAnnouncement(4));
  expect(versionsTo('c1')).toEqual([3, 4]);
});

test('one who watches a task and all tasks gets a state once', async () => {
  await watchers('c1');
  await world.ask('c1', { action: 'watchAll' });
  await world.deliver(anAnnouncement(2), anAnnouncement(2, { topic: 'owner#ada' }));
  expect(versionsTo('c1')).toEqual([2]);
});

test('of the announcements of a batch, only the newest is sent', async () => {
  await watchers('c1');
  expect(await world.deliver(anAnnouncement(2), anAnnouncement(4), anAnnouncement(3))).toEqual({ batchItemFailures: [] });
  expect(versionsTo('c1')).toEqual([4]);
});

test('an announcement that has waited is sent with the newest state of the task', async () => {
  await watchers('c1');
  await world.store.cancel(taskId, NOW);
  world.now = new Date(at(2));
  await world.deliver(anAnnouncement(1));
  expect(world.posts).toEqual([{ to: 'c1', state: aState(2, { status: 'CANCELLED' }) }]);
});

test('an announcement that has waited keeps its state if the table has no newer one', async () => {
  await watchers('c1');
  world.now = new Date(at(2));
  await world.deliver(anAnnouncement(5));
  world.tasks.items.clear();
  await world.deliver(anAnnouncement(6));
  expect(versionsTo('c1')).toEqual([5, 6]);
});

test('the task is not read for an announcement that is new, or that nobody gets', async () => {
  await watchers('c1');
  world.dynamodb.resetHistory();
  await world.deliver(anAnnouncement(2));
  world.now = new Date(at(60));
  await world.deliver(anAnnouncement(2, { topic: 'task#other' }));
  expect(world.dynamodb.commandCalls(GetItemCommand)).toEqual([]);
});

test('a page of connections is sent, and the next one queued before', async () => {
  const ids = Array.from({ length: 250 }, (_, i) => `c${String(i).padStart(3, '0')}`);
  await watchers(...ids);
  await world.deliver(anAnnouncement(2));
  expect(world.posts).toHaveLength(100);
  const [next, ...more] = world.queued();
  expect(more).toEqual([]);
  expect(next).toEqual({ message: anAnnouncement(2, { after: 'c099' }), MessageGroupId: 'group' });

  await world.deliver(next.message);
  await world.deliver(world.queued()[1].message);
  expect(world.posts.map(({ to }) => to)).toEqual(ids);
  expect(world.queued()).toHaveLength(2);
});

test('announcements that wait behind one that took their state end at the page that has it, and queue no further pages', async () => {
  await watchers(...Array.from({ length: 100 }, (_, i) => `c${i}`));
  await world.store.cancel(taskId, NOW);
  world.now = new Date(at(2));
  await world.deliver(anAnnouncement(1));
  expect(world.posts).toHaveLength(100);
  world.dynamodb.resetHistory();
  for (const version of [1, 2]) expect(await world.deliver(anAnnouncement(version))).toEqual({ batchItemFailures: [] });
  expect(world.dynamodb.commandCalls(QueryCommand)).toEqual([]);
  expect(world.queued()).toHaveLength(1);
  // The rest of the page's connections have not got it.
  await world.deliver(world.queued()[0].message);
  expect(world.dynamodb.commandCalls(QueryCommand)).toHaveLength(1);
});

test('a task that changes faster than its watchers can be told does not fill the queue, and all of them get its end', async () => {
  const ids = Array.from({ length: 25 }, (_, i) => `c${String(i).padStart(2, '0')}`);
  await watchers(...ids);
  await world.store.cancel(taskId, NOW);
  world.now = new Date(at(2));
  // Its pages have ten connections.
  const sender = world.senderWith(new Pace(5, () => 0, async () => {}, () => Infinity));
  const queue = Array.from({ length: 20 }, () => anAnnouncement(1));
  let delivered = 0;
  for (; queue.length > 0; delivered++) {
    const before = world.queued().length;
    await world.deliverTo(sender, queue.shift()!);
    queue.push(...world.queued().slice(before).map(({ message }) => message as Announcement));
  }
  expect(delivered).toBe(22);
  expect(world.posts).toEqual(ids.map((to) => ({ to, state: aState(2, { status: 'CANCELLED' }) })));
});

test('the next page gets the state that this page has got, so that the announcement of that state can end here', async () => {
  await watchers(...Array.from({ length: 100 }, (_, i) => `c${i}`));
  await world.store.cancel(taskId, NOW);
  world.now = new Date(at(2));
  await world.deliver(anAnnouncement(1));
  const cancelled = aState(2, { status: 'CANCELLED' });
  expect(world.posts[0].state).toEqual(cancelled);
  expect(world.queued().map(({ message }) => message)).toEqual([expect.objectContaining({ state: cancelled, after: 'c99' })]);
});

test('a connection that is gone is not posted to again', async () => {
  await watchers('c1', 'c2');
  world.open.delete('c1');
  await world.deliver(anAnnouncement(2));
  expect(world.connections.watchersOf(TOPIC)).toEqual(['c2']);
  expect(versionsTo('c2')).toEqual([2]);
});

test('a connection whose credentials have ended is ended, and gets nothing', async () => {
  await world.connect('c1', 'ada', { expiryContextKey: 'end' }, { end: SECONDS + 60 });
  await world.ask('c1', { action: 'watch', taskId });
  world.now = new Date(at(60));
  await world.deliver(anAnnouncement(2, { at: world.now.getTime() }));
  expect(world.posts).toEqual([]);
  expect(world.open).toEqual(new Set());
  expect(world.connections.watchersOf(TOPIC)).toEqual([]);
  expect(world.connections.watchersOf('connection#c1')).toEqual([]);
});

test('a message in the queue ends a connection when its credentials end, and not before', async () => {
  await world.connect('c1', 'ada');
  const ending = { connectionId: 'c1', endsAt: SECONDS + 1000 };
  await world.deliver(ending);
  expect(world.open.has('c1')).toBe(true);
  expect(world.queued()).toEqual([{ message: ending, DelaySeconds: 900 }]);
  world.now = new Date(at(1000));
  await world.deliver(ending);
  expect(world.open.has('c1')).toBe(false);
  // It may have ended before.
  expect(await world.deliver(ending)).toEqual({ batchItemFailures: [] });
});

test('ends of connections take turns with messages, because API Gateway counts both', async () => {
  const slept: number[] = [];
  const sender = world.senderWith(new Pace(10, () => 0, async (ms) => slept.push(ms), () => Infinity));
  await world.deliverTo(sender, ...['c1', 'c2', 'c3'].map((connectionId) => ({ connectionId, endsAt: SECONDS })));
  expect(slept).toEqual([100, 200, 300]);
});

test('an end that fails is repeated', async () => {
  world.api.on(DeleteConnectionCommand).rejects(new Error('unavailable'));
  expect(await world.deliver({ connectionId: 'c1', endsAt: SECONDS })).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
});

const REFUSALS = [
  new LimitExceededException({ message: 'limit', $metadata: {} }), Object.assign(new Error('slow'), { name: 'TimeoutError' }),
];

test.each(REFUSALS)('a connection that is refused twice in a row is ended: $name', async (refusal) => {
  await watchers('c1', 'c2');
  world.api.on(PostToConnectionCommand, { ConnectionId: 'c1' }).rejects(refusal);
  await world.deliver(anAnnouncement(2));
  expect(world.open.has('c1')).toBe(true);
  await world.deliver(anAnnouncement(3));
  expect(world.open.has('c1')).toBe(false);
  expect(versionsTo('c2')).toEqual([2, 3]);
});

test('a refused connection that can not be ended, either, does not make the queue repeat the message', async () => {
  await watchers('c1');
  world.api.on(PostToConnectionCommand).rejects(REFUSALS[0]).on(DeleteConnectionCommand).rejects(REFUSALS[0]);
  for (const version of [2, 3, 4]) expect(await world.deliver(anAnnouncement(version))).toEqual({ batchItemFailures: [] });
  expect(world.api.commandCalls(DeleteConnectionCommand)).toHaveLength(2);
});

test('a connection that is refused now and then stays, and the same state is sent to it again', async () => {
  await watchers('c1');
  world.api.on(PostToConnectionCommand).rejectsOnce(REFUSALS[0]).resolvesOnce({}).rejectsOnce(REFUSALS[0]);
  for (const version of [2, 2, 3]) await world.deliver(anAnnouncement(version));
  expect(world.api.commandCalls(PostToConnectionCommand)).toHaveLength(3);
  expect(world.open.has('c1')).toBe(true);
});

test('another error of API Gateway loses the message only, and is logged without the state', async () => {
  await watchers('c1', 'c2');
  world.api.on(PostToConnectionCommand, { ConnectionId: 'c1' }).rejects(Object.assign(new Error('secret'), { name: 'InternalServerError' }));
  expect(await world.deliver(anAnnouncement(2))).toEqual({ batchItemFailures: [] });
  expect(versionsTo('c2')).toEqual([2]);
  expect(console.warn).toHaveBeenCalledWith({ message: 'message to a connection is lost', taskId, version: 2, error: 'InternalServerError' });
});

test('the queue repeats what there was no time for, and it is sent then', async () => {
  await watchers('c1');
  const connection = { ConnectionId: 'c1' };
  world.api.on(PostToConnectionCommand, connection).rejectsOnce(new OutOfTime()).resolves({});
  expect(await world.deliver(anAnnouncement(2))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
  expect(await world.deliver(anAnnouncement(2))).toEqual({ batchItemFailures: [] });
  expect(world.api.commandCalls(PostToConnectionCommand, connection)).toHaveLength(2);
});

test('an invocation ends after all of its posts, even if one fails', async () => {
  await watchers('c1', 'c2');
  world.api.on(PostToConnectionCommand, { ConnectionId: 'c1' }).rejects(new OutOfTime());
  let isPosted = false;
  world.api.on(PostToConnectionCommand, { ConnectionId: 'c2' }).callsFake(async () => {
    await new Promise(setImmediate);
    isPosted = true;
  });
  await world.deliver(anAnnouncement(2));
  expect(isPosted).toBe(true);
});

test('a page has no more connections than the pace allows in two seconds', async () => {
  await watchers('c1', 'c2', 'c3', 'c4', 'c5');
  const sender = world.senderWith(new Pace(1.5, () => 0, async () => {}, () => Infinity));
  await world.deliverTo(sender, anAnnouncement(2));
  expect(world.posts.map(({ to }) => to)).toEqual(['c1', 'c2', 'c3']);
  expect(world.queued()).toEqual([{ message: anAnnouncement(2, { after: 'c3' }), MessageGroupId: 'group' }]);
});

test('nothing is sent to a connection whose credentials end while it waits for its turn', async () => {
  await world.connect('c1', 'ada', { expiryContextKey: 'end' }, { end: SECONDS + 60 });
  await world.ask('c1', { action: 'watch', taskId });
  const sender = world.senderWith(new Pace(1, () => 0, async () => { world.now = new Date(at(60)); }, () => Infinity));
  await world.deliverTo(sender, anAnnouncement(2));
  expect(world.posts).toEqual([]);
  expect(world.open).toEqual(new Set());
  expect(world.connections.watchersOf(TOPIC)).toEqual([]);
});

test.each(['{', 'null', '5', '{}', '{"topic":"all"}', '{"endsAt":1}'])('a malformed message does not fail the others: %s', async (malformed) => {
  await watchers('c1');
  expect(await world.deliver(malformed, anAnnouncement(2))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
  expect(versionsTo('c1')).toEqual([2]);
});

test('a message that fails does not fail the others', async () => {
  await watchers('c1');
  const failing = anAnnouncement(2, { topic: 'task#failing' });
  world.dynamodb.on(QueryCommand, { ExpressionAttributeValues: { ':topic': { S: failing.topic } } }).rejects(new Error('unavailable'));
  expect(await world.deliver('{', failing, anAnnouncement(2))).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
  });
  expect(versionsTo('c1')).toEqual([2]);
  expect(console.error).toHaveBeenCalledWith(expect.objectContaining({ error: 'Error: malformed message' }));
});
