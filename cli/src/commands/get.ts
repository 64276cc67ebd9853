import { Command } from 'commander';
import { CommonOptions, connectionOf, print, taskId, withConnection } from './options';
import { exitCodeOf, taskText } from '../output/tasks';

export function getCommand(signal: AbortSignal): Command {
  return withConnection(new Command('get')
    .summary('show a task')
    .description('Shows a task: its status, progress, history, payload and result. The exit code is 3 if it is FAILED, 4 if it is '
      + 'CANCELLED.')
    .argument('<taskId>', 'the id of the task', taskId))
    .addHelpText('after', `
Examples:
  task-manager get <taskId> --stack Orders
  task-manager get <taskId> --stack Orders --output json | jq .result`)
    .action(async (id: string, options: CommonOptions, command: Command) => {
      const { client } = await connectionOf(command, signal);
      const task = await client.get(id, { signal });
      print(options.output, task, () => taskText(task));
      process.exitCode = exitCodeOf(task);
    });
}
