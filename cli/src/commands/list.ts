import { Command, Option } from 'commander';
import { age, CommonOptions, connectionOf, count, print, statuses, withConnection } from './options';
import type { ListOptions, TaskClient, TaskStatus, TaskSummary } from '../../../client/src';
import { taskTable } from '../output/tasks';

interface ListCommandOptions extends CommonOptions {
  readonly status?: TaskStatus[];
  readonly type?: string;
  readonly age?: number;
  readonly limit: number;
  readonly all?: boolean;
}

/** The API allows no larger page. */
const MAX_PAGE = 100;

export function listCommand(signal: AbortSignal): Command {
  return withConnection(new Command('list')
    .summary('list tasks, newest first')
    .description('Lists tasks, newest first.')
    .option('--status <status>', 'tasks with this status; several are separated by commas', statuses)
    .option('--type <type>', 'tasks of this type')
    .option('--age <age>', 'tasks that are not older: 30s, 15m, 2h, 7d', age)
    .addOption(new Option('--limit <number>', 'maximum number of tasks').default(20).argParser(count).conflicts('all'))
    .option('--all', 'list all tasks'))
    .addHelpText('after', `
Examples:
  task-manager list --stack Orders --status failed --age 1d
  task-manager list --stack Orders --type export --all --output json | jq length`)
    .action(async (options: ListCommandOptions, command: Command) => {
      const { client } = await connectionOf(command, signal);
      const limit = options.all ? Infinity : options.limit;
      const { tasks, hasMore } = await tasksOf(client, { status: options.status, type: options.type, signal }, limit, options.age);
      print(options.output, tasks, () => tasks.length > 0 ? taskTable(tasks) : 'no tasks');
      if (hasMore) console.error(`There are more: the first ${limit} are shown. Use --limit or --all.`);
    });
}

async function tasksOf(client: TaskClient, filter: ListOptions, limit: number, maxAgeMs = Infinity) {
  const tasks: TaskSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.list({ ...filter, limit: Math.min(MAX_PAGE, limit), nextToken });
    for (const task of page.tasks) {
      if (Date.now() - Date.parse(task.createdAt) > maxAgeMs) return { tasks, hasMore: false };
      if (tasks.length === limit) return { tasks, hasMore: true };
      tasks.push(task);
    }
    ({ nextToken } = page);
  } while (nextToken !== undefined && tasks.length < limit);
  return { tasks, hasMore: nextToken !== undefined };
}
