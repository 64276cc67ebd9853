import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { DynamoDBRecord } from 'aws-lambda';
import { LiveWorld } from '../../support/a-live-world';
import { anItem, aStreamRecord, aTask, NOW } from '../../support/builders';

let world: LiveWorld;

beforeEach(async () => {
  world = new LiveWorld();
  await world.connect('c1', 'ada');
});

const ofAda = (version: number, taskId = aTask().taskId) =>
  aTask({ taskId, owner: 'ada', status: 'RUNNING', version, progress: { percent: version } });

const publish = (...Records: DynamoDBRecord[]) => world.publisher.publish({ Records });
const announced = () => world.queued().map(({ message }) => message);

async function watch(taskId = aTask().taskId): Promise<void> {
  await world.store.create(ofAda(1, taskId));
  await world.ask('c1', { action: 'watch', taskId });
}

test('a change is announced to those who watch the task, with its progress', async () => {
  await watch();
  await publish(aStreamRecord(ofAda(2)));
  const { taskId, createdAt } = aTask();
  const state = { taskId, createdAt, version: 2, status: 'RUNNING', progress: { percent: 2 } };
  expect(announced()).toEqual([{ topic: `task#${taskId}`, state, at: NOW.getTime(), group: expect.stringMatching(/^[\w-]{43}$/) }]);
});

test('a change is announced to those who watch all tasks of the owner, and to nobody else', async () => {
  await world.ask('c1', { action: 'watchAll' });
  await world.connect('c2', 'eve');
  await world.ask('c2', { action: 'watchAll' });
  await publish(aStreamRecord(ofAda(2)));
  expect(announced()).toEqual([expect.objectContaining({ topic: 'owner#ada' })]);
});

test('nothing is queued for a task that nobody watches', async () => {
  await publish(aStreamRecord(ofAda(2)), aStreamRecord(aTask()));
  expect(world.sqs.calls()).toEqual([]);
});

test('of the changes of a task, only the newest is announced', async () => {
  await watch();
  await publish(aStreamRecord(ofAda(2)), aStreamRecord(ofAda(4)), aStreamRecord(ofAda(3)));
  expect(announced()).toEqual([expect.objectContaining({ state: expect.objectContaining({ version: 4 }) })]);
});

test('a later task with the same id is newer, even if its version is lower', async () => {
  await watch();
  const later = { ...ofAda(1), createdAt: '2026-11-24T10:00:00.000Z' };
  await publish(aStreamRecord(ofAda(4)), aStreamRecord(later), aStreamRecord(ofAda(5)));
  expect(announced()).toEqual([expect.objectContaining({ state: expect.objectContaining({ version: 1, createdAt: later.createdAt }) })]);
});

test('a heartbeat changes nothing that a caller sees, so it is not announced', async () => {
  await watch();
  await publish(aStreamRecord(ofAda(2), { OldImage: anItem(ofAda(2)) as any }));
  expect(world.sqs.calls()).toEqual([]);
});

test('the tasks of an owner are in the same group, and share no group with those of others', async () => {
  const ids = ['a', 'b', 'c', 'd'].map((digit) => `${digit}0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10`);
  for (const id of ids.slice(0, 2)) await watch(id);
  await world.handler({ ownerOf: () => undefined }).connect({ requestContext: { connectionId: 'c3' } } as any);
  await world.ask('c3', { action: 'watchAll' });
  await publish(
    ...ids.slice(0, 2).map((id) => aStreamRecord(ofAda(2, id))), ...ids.slice(2).map((taskId) => aStreamRecord(aTask({ taskId }))),
  );
  const [one, two, three, four] = world.queued().map(({ MessageGroupId }) => MessageGroupId);
  expect(one).toBe(two);
  expect(new Set([one, three, four]).size).toBe(3);
});

test('many announcements are queued ten at a time', async () => {
  const ids = Array.from({ length: 25 }, (_, i) => `${String(i).padStart(2, '0')}c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10`);
  await world.ask('c1', { action: 'watchAll' });
  await publish(...ids.map((id) => aStreamRecord(ofAda(2, id))));
  const sizes = world.sqs.commandCalls(SendMessageBatchCommand).map(({ args: [{ input }] }) => input.Entries!.length);
  expect(sizes).toEqual([10, 10, 5]);
});

test('the batch fails if the queue refuses a message, so that the stream repeats it', async () => {
  await watch();
  world.sqs.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] });
  await expect(publish(aStreamRecord(ofAda(2)))).rejects.toThrow('the queue refused 1 of 1 messages: InternalError');
});
