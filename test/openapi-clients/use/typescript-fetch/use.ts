/** Uses the client that openapi-generator makes for TypeScript. */
import { Configuration, Task, TasksApi, TaskStatus } from './payloads';

export async function exportTable(apiUrl: string, table: string): Promise<Task> {
  const tasks = new TasksApi(new Configuration({ basePath: apiUrl }));
  const { taskId } = await tasks.createTask({
    xTaskOwner: 'ann', createTask: { type: 'export', payload: { table, filter: { column: 'id', operator: '>', value: 1 } } },
  });
  const task = await tasks.getTask({ xTaskOwner: 'ann', taskId });
  if (task.status !== TaskStatus.Successful) throw new Error('the task has not ended');
  return task;
}
