import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import { CommonOptions, connectionOf, count, print, withConnection } from './options';
import { showUntilEnd } from './watch';
import { HEADER_VALUE_VARIABLE } from '../connection/header-value';
import { UsageError } from '../errors';
import { exitCodeOf, taskText } from '../output/tasks';
import { printable } from '../output/text';
import { parsePayload, payloadText } from '../payload';

interface CreateOptions extends CommonOptions {
  readonly payload?: string;
  readonly payloadFile?: string;
  readonly idempotencyKey?: string;
  readonly timeout?: number;
  readonly wait?: boolean;
}

/** `-` as the name of a file. */
const STANDARD_INPUT = '-';

export function createCommand(signal: AbortSignal): Command {
  return withConnection(new Command('create')
    .summary('create a task')
    .description('Creates a task, and shows it.')
    .argument('<type>', 'the task type')
    .option('--payload <json>', 'the payload')
    .option('--payload-file <file>', `a file with the payload as JSON; ${STANDARD_INPUT} is standard input`)
    .option('--idempotency-key <key>', 'all calls with the same key get the same task')
    .option('--timeout <seconds>', 'time after which the task fails if it has not ended', count)
    .option('--wait', 'show the progress until the task has ended'))
    .addHelpText('after', `
Examples:
  task-manager create export --stack Orders --payload '{"table":"customers"}'
  task-manager create export --stack Orders --payload-file payload.json --wait
  id=$(task-manager create export --stack Orders --output json | jq -r .taskId)`)
    .action(async (type: string, options: CreateOptions, command: Command) => {
      const payload = await payloadOf(options);
      const { client } = await connectionOf(command, signal);
      const { idempotencyKey, timeout: taskTimeoutSeconds } = options;
      const task = await client.create(type, payload, { idempotencyKey, taskTimeoutSeconds, signal });
      if (options.wait) {
        // After Ctrl-C, or on a terminal that cuts lines, this is where the id is.
        if (options.output === 'table') console.log(`task ${printable(task.taskId)}`);
        process.exitCode = await showUntilEnd(client, [task.taskId], options.output, signal);
        return;
      }
      print(options.output, task, () => taskText(task));
      process.exitCode = exitCodeOf(task);
    });
}

async function payloadOf({ payload, payloadFile, header }: CreateOptions): Promise<unknown> {
  if (payload !== undefined && payloadFile !== undefined) throw new UsageError('--payload and --payload-file must not be used together');
  if (payload !== undefined) return parsePayload(payload, '--payload');
  if (payloadFile === undefined) return undefined;
  if (payloadFile !== STANDARD_INPUT) return parsePayload(payloadText(await contentOf(payloadFile), payloadFile), payloadFile);
  if (header && !process.env[HEADER_VALUE_VARIABLE]) {
    throw new UsageError(`standard input must not have both the payload and the value of the header: set ${HEADER_VALUE_VARIABLE}`);
  }
  return parsePayload(payloadText(await buffer(process.stdin), 'standard input'), 'standard input');
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`--payload-file can't be read: ${(error as Error).message}`);
  }
}
