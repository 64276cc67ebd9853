/** Uses the types that openapi-typescript makes, with the client for such types. */
import createClient from 'openapi-fetch';
import type { components, paths } from './payloads';

type Task = components['schemas']['Task'];
type TaskStatus = components['schemas']['TaskStatus'];

const TERMINAL: TaskStatus[] = ['SUCCESSFUL', 'FAILED', 'CANCELLED'];

export async function exportTable(apiUrl: string, table: string): Promise<Task> {
  const client = createClient<paths>({ baseUrl: apiUrl });
  const owner = { 'X-Task-Owner': 'ann' };
  const created = await client.POST('/tasks', {
    params: { header: { ...owner, 'Idempotency-Key': table } },
    body: { type: 'export', payload: { table, filter: { column: 'id', operator: '>', value: 1 } } },
  });
  if (created.data === undefined) throw new Error(created.error.detail);
  const { data: task } = await client.GET('/tasks/{taskId}', { params: { path: { taskId: created.data.taskId }, header: owner } });
  if (task === undefined || !TERMINAL.includes(task.status)) throw new Error('the task has not ended');
  return task;
}

// @ts-expect-error a table is a string
export const wrong: components['schemas']['CreateTask'] = { type: 'export', payload: { table: 5 } };
