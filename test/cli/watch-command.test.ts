import { showUntilEnd } from '../../cli/src/commands/watch';
import { Task, TaskClient, TaskStatus } from '../../client/src';
import { aTask } from '../support/api-server';

const { signal } = new AbortController();

beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});

afterEach(() => jest.restoreAllMocks());

/** Returns a client whose tasks end as their ids say. */
const client = { async* watch(taskId: string) { yield aTask({ taskId, status: taskId as TaskStatus }); } } as unknown as TaskClient;

test.each([
  [['SUCCESSFUL', 'SUCCESSFUL'], 0], [['SUCCESSFUL', 'CANCELLED'], 4], [['CANCELLED', 'FAILED'], 3], [['FAILED', 'CANCELLED'], 3],
])('tasks that are %s end with %d', async (statuses, code) => {
  expect(await showUntilEnd(client, statuses, 'table', signal)).toBe(code);
});

test('the error of one task ends the watch of all', async () => {
  const ended: string[] = [];
  const failing = {
    watch(taskId: string) {
      const watch = (async function* (): AsyncGenerator<Task> {
        if (taskId === 'missing') throw new Error('404');
        yield aTask({ taskId });
      })();
      return Object.assign(watch, { return: async () => ended.push(taskId) });
    },
  } as unknown as TaskClient;
  await expect(showUntilEnd(failing, ['missing', 'other'], 'table', signal)).rejects.toThrow('404');
  expect(ended).toContain('other');
});
