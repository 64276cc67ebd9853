import * as fc from 'fast-check';
import { TaskFilter } from '../../cli/page/routes';
import { TaskCollection } from '../../cli/page/task-collection';
import { TaskStatus, TaskSummary } from '../../client/src/task';

const NOW = Date.parse('2026-11-23T10:00:00.000Z');

/** Returns a task that was created some minutes before now. */
function aTask(minutes: number, task: Partial<TaskSummary> = {}): TaskSummary {
  const createdAt = new Date(NOW - minutes * 60_000).toISOString();
  const { status = 'PENDING' } = task;
  return {
    taskId: `task-${minutes}`,
    type: 'export',
    status,
    createdAt,
    updatedAt: createdAt,
    deadlineAt: createdAt,
    history: [{ status: 'PENDING', at: createdAt }, ...status === 'PENDING' ? [] : [{ status, at: createdAt }]],
    ...task,
  };
}

function aCollection(filter: Partial<TaskFilter> = {}): TaskCollection {
  return new TaskCollection({ status: [], ...filter }, NOW);
}

test('pages follow each other, and new tasks come before them', () => {
  const collection = aCollection();
  collection.addPage([aTask(2), aTask(3)], 'next');
  collection.addPage([aTask(4)], undefined);
  collection.update([aTask(0), aTask(1)]);
  expect(collection.ids).toEqual(['task-0', 'task-1', 'task-2', 'task-3', 'task-4']);
  expect(collection.hasMore).toBe(false);
});

test('a change replaces its task, and is counted', () => {
  const collection = aCollection();
  collection.addPage([aTask(1), aTask(2)], undefined);
  collection.update([aTask(1, { status: 'RUNNING' })]);
  expect(collection.get('task-1')?.status).toBe('RUNNING');
  expect((['PENDING', 'RUNNING'] as TaskStatus[]).map((status) => collection.count(status))).toEqual([1, 1]);
  expect(collection.ids).toEqual(['task-1', 'task-2']);
});

test('progress of the same status replaces the task', () => {
  const collection = aCollection();
  collection.addPage([aTask(1, { status: 'RUNNING' })], undefined);
  collection.update([aTask(1, { status: 'RUNNING', progress: { percent: 10 } })]);
  expect(collection.get('task-1')?.progress).toEqual({ percent: 10 });
});

test('a page that is older than a change does not undo it', () => {
  const collection = aCollection();
  collection.addPage([aTask(1)], undefined);
  collection.update([aTask(1, { status: 'SUCCESSFUL' })]);
  collection.addPage([aTask(1, { status: 'RUNNING' })], undefined);
  expect(collection.get('task-1')?.status).toBe('SUCCESSFUL');
});

test('a change that comes before the page of its task is kept until then', () => {
  const collection = aCollection();
  collection.update([aTask(5, { status: 'FAILED' }), aTask(0)]);
  expect(collection.ids).toEqual([]);
  collection.addPage([aTask(1)], 'next');
  expect(collection.ids).toEqual(['task-0', 'task-1']);
  collection.addPage([aTask(5), aTask(6)], undefined);
  expect(collection.ids).toEqual(['task-0', 'task-1', 'task-5', 'task-6']);
  expect(collection.get('task-5')?.status).toBe('FAILED');
});

test('only tasks that match come in, and a task that no longer matches stays', () => {
  const collection = aCollection({ status: ['RUNNING'], type: 'export' });
  collection.addPage([aTask(2, { status: 'RUNNING' })], undefined);
  collection.update([aTask(0), aTask(1, { status: 'RUNNING', type: 'other' }), aTask(2, { status: 'FAILED' })]);
  expect(collection.ids).toEqual(['task-2']);
  expect(collection.matches(collection.get('task-2')!)).toBe(false);
  collection.update([aTask(0, { status: 'RUNNING' })]);
  expect(collection.ids).toEqual(['task-0', 'task-2']);
});

test('loading ends at the age of the filter', () => {
  const collection = aCollection({ age: '15m' });
  collection.addPage([aTask(10), aTask(14)], 'next');
  expect(collection.hasMore).toBe(true);
  collection.addPage([aTask(15), aTask(16)], 'next');
  expect(collection.hasMore).toBe(false);
  collection.update([aTask(20)]);
  expect(collection.ids).toEqual(['task-10', 'task-14', 'task-15']);
});

test('a task that is created again with the same id moves to its new place', () => {
  const collection = aCollection();
  collection.addPage([aTask(1), aTask(2, { status: 'FAILED' })], undefined);
  collection.update([aTask(0, { taskId: 'task-2' })]);
  expect(collection.ids).toEqual(['task-2', 'task-1']);
  expect(collection.count('FAILED')).toBe(0);
  expect(collection.count('PENDING')).toBe(2);
});

test('the index of a place is the number of tasks before it', () => {
  const collection = aCollection();
  collection.addPage([aTask(3), aTask(5)], undefined);
  const place = collection.get('task-5')!;
  expect(collection.indexOf(place)).toBe(1);
  collection.update([aTask(0), aTask(4)]);
  expect(collection.indexOf(place)).toBe(3);
});

test('the list is sorted and counted, whatever comes in which order', () => {
  const minutes = fc.integer({ min: 0, max: 30 });
  const status = fc.constantFrom<TaskStatus>('PENDING', 'RUNNING', 'FAILED');
  const changes = fc.array(fc.array(fc.tuple(minutes, status), { maxLength: 8 }), { maxLength: 12 });
  fc.assert(fc.property(changes, (batches) => {
    const collection = aCollection();
    collection.addPage([], undefined);
    for (const batch of batches) collection.update(batch.map(([age, each]) => aTask(age, { status: each })));
    const tasks = collection.ids.map((id) => collection.get(id)!);
    const ages = [...new Set(batches.flat().map(([age]) => age))].sort((a, b) => a - b);
    expect(collection.ids).toEqual(ages.map((age) => `task-${age}`));
    for (const each of ['PENDING', 'RUNNING', 'FAILED'] as TaskStatus[]) {
      expect(collection.count(each)).toBe(tasks.filter((task) => task.status === each).length);
    }
  }));
});
