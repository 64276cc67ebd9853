import { Command } from 'commander';
import { CommonOptions, connectionOf, print, taskId, withConnection } from './options';
import { taskText } from '../output/tasks';

export function cancelCommand(signal: AbortSignal): Command {
  return withConnection(new Command('cancel')
    .summary('cancel a task')
    .description('Cancels a task. A second call changes nothing. If the task has ended in another way, it stays so, and the command fails.')
    .argument('<taskId>', 'the id of the task', taskId))
    .addHelpText('after', `
Example:
  task-manager cancel <taskId> --stack Orders`)
    .action(async (id: string, options: CommonOptions, command: Command) => {
      const { client } = await connectionOf(command, signal);
      const task = await client.cancel(id, { signal });
      print(options.output, task, () => taskText(task));
    });
}
