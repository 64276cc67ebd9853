import { Command } from 'commander';
import { CommonOptions, connectionOf, taskId as idOfTask, withConnection } from './options';
import type { Task, TaskClient, TaskSummary } from '../../../client/src';
import { EXIT_CODE } from '../errors';
import { colours } from '../output/colours';
import { LiveLines, progressBar } from '../output/progress';
import { detailText, exitCodeOf, statusText } from '../output/tasks';
import { jsonText, printable } from '../output/text';

export function watchCommand(signal: AbortSignal): Command {
  return withConnection(new Command('watch')
    .summary('show the changes of tasks')
    .description('Shows tasks with their progress until they have ended. Without an id, shows the newest tasks and each change of a task, '
      + 'until Ctrl-C. The exit code is 3 if a task is FAILED, and 4 if one is CANCELLED. With --output json, prints the task as a line '
      + 'for each change.')
    .argument('[taskIds...]', 'ids of tasks', (id, ids: string[] = []) => [...ids, idOfTask(id)]))
    .addHelpText('after', `
Examples:
  task-manager watch <taskId> --stack Orders
  task-manager watch --stack Orders`)
    .action(async (taskIds: string[] = [], options: CommonOptions, command: Command) => {
      const { client } = await connectionOf(command, signal);
      if (taskIds.length === 0) await showAll(client, options.output, signal);
      else process.exitCode = await showUntilEnd(client, taskIds, options.output, signal);
    });
}

/** Shows tasks until they have ended. Returns the exit code. */
export async function showUntilEnd(
  client: TaskClient, taskIds: readonly string[], output: CommonOptions['output'], signal: AbortSignal,
): Promise<number> {
  const lines = new LiveLines();
  const watches = [...new Set(taskIds)].map((taskId) => client.watch(taskId, { signal }));
  try {
    const codes = await Promise.all(watches.map(async (watch) => {
      let last!: Task;
      for await (last of watch) {
        if (output === 'json') printLine(last);
        else lines.set(last.taskId, lineOf(last));
      }
      return exitCodeOf(last);
    }));
    return [EXIT_CODE.TASK_FAILED, EXIT_CODE.TASK_CANCELLED].find((code) => codes.includes(code)) ?? 0;
  } finally {
    // The others would go on after the error of one.
    for (const watch of watches) void watch.return();
  }
}

async function showAll(client: TaskClient, output: CommonOptions['output'], signal: AbortSignal): Promise<void> {
  for await (const task of client.watchAll({ signal })) {
    if (output === 'json') printLine(task);
    else console.log(changeOf(task));
  }
}

function changeOf(task: TaskSummary): string {
  const { updatedAt, taskId, type, status } = task;
  return [colours.dim(printable(updatedAt)), printable(taskId), printable(type), statusText(status), detailText(task)].join('  ').trimEnd();
}

/** The id comes last, because a line can be too long for the terminal. */
function lineOf(task: TaskSummary): string {
  const percent = task.status === 'SUCCESSFUL' ? 100 : task.progress?.percent ?? 0;
  const detail = task.error ? detailText(task) : printable(task.progress?.message ?? '');
  return [progressBar(percent), statusText(task.status), detail, colours.dim(printable(task.taskId))].filter(Boolean).join('  ');
}

function printLine(task: TaskSummary): void {
  console.log(jsonText(task));
}
