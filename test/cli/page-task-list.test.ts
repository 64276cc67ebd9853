import type { Connection } from '../../cli/page/connection';
import { ALL_TASKS } from '../../cli/page/routes';
import { TaskList } from '../../cli/page/task-list';
import type { ListOptions, Task, TaskClient, TaskPage, TaskSummary } from '../../client/src';
import { aTask } from '../support/api-server';

/** A tab in the background: frames wait until a test shows it. */
let frames: (() => void)[];

beforeEach(() => {
  frames = [];
  Object.assign(globalThis, { requestAnimationFrame: (frame: () => void) => frames.push(frame) });
});

afterEach(() => Reflect.deleteProperty(globalThis, 'requestAnimationFrame'));

function showTab(): void {
  for (const frame of frames.splice(0)) frame();
}

const settled = () => new Promise(setImmediate);

/** Returns a task that was created after as many milliseconds. */
function taskAt(ms: number, task: Partial<Task> = {}): TaskSummary {
  return aTask({ taskId: `task-${ms}`, createdAt: new Date(ms).toISOString(), ...task });
}

function tasksAt(from: number, to: number): TaskSummary[] {
  return Array.from({ length: to - from }, (_, index) => taskAt(from + index));
}

/** Returns a list whose API has these tasks. */
function aList(tasks: TaskSummary[]) {
  const newestFirst = () => [...tasks].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const client = {
    list: jest.fn(async ({ limit = 100, nextToken = '0' }: ListOptions): Promise<TaskPage> => {
      const end = Number(nextToken) + limit;
      return { tasks: newestFirst().slice(Number(nextToken), end), nextToken: end < tasks.length ? String(end) : undefined };
    }),
    get: jest.fn(async (taskId: string) => tasks.find((task) => task.taskId === taskId)!),
  };
  const connection = { mended: 0, subscribe: () => () => false, fail: jest.fn() };
  const list = new TaskList(client as unknown as TaskClient, connection as unknown as Connection);
  list.open(ALL_TASKS);
  return { client, connection, list };
}

test('tasks that came while the computer slept are loaded, even if they are more than a page', async () => {
  const tasks = tasksAt(0, 50);
  const { list } = aList(tasks);
  await settled();
  list.learn(taskAt(49));
  showTab();
  tasks.push(...tasksAt(50, 400));
  // As the client does, whose list has a page.
  for (const task of tasks.slice(-100)) list.learn(task);
  showTab();
  await settled();
  expect(list.collection.ids).toHaveLength(400);
});

test('changes do not wait for a frame without end', async () => {
  const { list } = aList([]);
  await settled();
  for (const task of tasksAt(0, 5_500)) list.learn(task);
  expect(list.collection.ids).toHaveLength(5_000);
  expect(frames).toHaveLength(1);
});

test('the list of a page that is open for long starts anew at the top, and stays where somebody reads', async () => {
  const { client, list } = aList([taskAt(0)]);
  await settled();
  list.scrollTop = 500;
  for (const task of tasksAt(0, 21_000)) list.learn(task);
  expect(list.collection.ids.length).toBeGreaterThan(20_000);
  list.scrollTop = 0;
  client.list.mockResolvedValue({ tasks: [taskAt(30_000)] });
  list.learn(taskAt(30_000));
  showTab();
  await settled();
  expect(list.collection.ids).toEqual(['task-30000']);
});

test('rows in sight that the client does not list are read again if their tasks have not ended', async () => {
  const tasks = tasksAt(0, 300);
  const { client, list } = aList(tasks);
  await settled();
  await list.loadMore();
  const [ended, running, newest] = [150, 151, 299].map((ms) => list.collection.ids.indexOf(`task-${ms}`));
  list.learn(taskAt(150, { status: 'SUCCESSFUL' }));
  showTab();
  tasks[151] = taskAt(151, { status: 'FAILED', updatedAt: '2030-01-01T00:00:00.000Z', history: [...tasks[151].history, { status: 'FAILED', at: '2030-01-01T00:00:00.000Z' }] });
  await list.refresh({ start: running, end: ended + 1 });
  showTab();
  expect(list.collection.get('task-151')!.status).toBe('FAILED');
  await list.refresh({ start: newest, end: newest + 1 });
  expect(client.get.mock.calls.flat()).toEqual(['task-151']);
});

test('a row that can not be read is left as it is', async () => {
  const { client, list } = aList(tasksAt(0, 150));
  await settled();
  await list.loadMore();
  client.get.mockRejectedValue(new Error('offline'));
  await list.refresh({ start: 0, end: 150 });
  expect(list.collection.get('task-0')!.status).toBe('PENDING');
});
