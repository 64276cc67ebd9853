import { randomUUID } from 'node:crypto';
import { eventually } from './eventually';

/** A caller of an API, who sends the same headers each time. */
export class Caller {
  constructor(
    private readonly url: string, private readonly headers: Record<string, string> = {}, private readonly send: typeof fetch = fetch,
  ) {}

  public async request(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(`${this.url}${path}`, {
      method, body: body && JSON.stringify(body), headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }), ...this.headers },
    });
  }

  /** Creates a task. Returns its id. */
  public async create(headers?: Record<string, string>): Promise<string> {
    const response = await this.request('POST', 'tasks', { type: 'export', payload: 'of somebody' }, headers);
    expect(response.status).toBe(202);
    return (await response.json() as { taskId: string }).taskId;
  }

  /** Returns the ids of the tasks that the caller can see. */
  public async listed(): Promise<string[]> {
    const { tasks } = await (await this.request('GET', 'tasks')).json() as { tasks: { taskId: string }[] };
    return tasks.map(({ taskId }) => taskId);
  }
}

/** Tests that two callers without tasks are owners who can see and change only their own tasks, also with the same key. */
export async function expectOwnTasksOnly(ada: Caller, eve: Caller): Promise<void> {
  const key = { 'Idempotency-Key': randomUUID() };
  const taskId = await ada.create(key);
  const missing = await (await eve.request('GET', `tasks/${randomUUID()}`)).json();

  for (const [method, path] of [['GET', `tasks/${taskId}`], ['POST', `tasks/${taskId}/cancel`]]) {
    const response = await eve.request(method, path, undefined, { 'X-Task-Owner': 'ada' });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(missing);
  }
  const other = await eve.create(key);
  expect(other).not.toBe(taskId);
  await eventually('the task in the list of its owner', async () => (await ada.listed()).includes(taskId) || undefined);
  expect(await eve.listed()).toEqual([other]);
  expect(await (await ada.request('GET', `tasks/${taskId}`)).json()).toMatchObject({ status: 'PENDING', payload: 'of somebody' });
  expect((await ada.request('POST', `tasks/${taskId}/cancel`)).status).toBe(200);
}

/** Tests that two callers share their tasks. */
export async function expectSharedTasks(ada: Caller, eve: Caller): Promise<void> {
  const taskId = await ada.create();
  expect((await eve.request('GET', `tasks/${taskId}`)).status).toBe(200);
  await eventually('the task in the list', async () => (await eve.listed()).includes(taskId) || undefined);
  expect((await eve.request('POST', `tasks/${taskId}/cancel`)).status).toBe(200);
}
