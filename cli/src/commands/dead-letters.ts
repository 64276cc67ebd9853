import { Argument, Command } from 'commander';
import { CommonOptions, connectionOf, count, print, withConnection } from './options';
import { abortable } from '../../../client/src/abortable';
import type { DeadLetterQueues } from '../dead-letters/dead-letters';
import { EXIT_CODE, UsageError } from '../errors';
import { printable, table } from '../output/text';
import { DEAD_LETTER_QUEUES, DeadLetter, DeadLetterQueueName, DeadLetterQueueState, RedriveResult } from '../protocol';

export function deadLettersCommand(signal: AbortSignal): Command {
  return new Command('dead-letters')
    .summary('look at dead letters, and redrive them')
    .description('Looks at the dead-letter queues of a TaskManager, and sends their messages back to where they came from. Needs --stack.')
    .addCommand(listCommand(signal))
    .addCommand(showCommand(signal))
    .addCommand(redriveCommand(signal));
}

const queueArgument = () => new Argument('<queue>', 'the dead-letter queue').choices(DEAD_LETTER_QUEUES);

function listCommand(signal: AbortSignal): Command {
  return withConnection(new Command('list')
    .description('Lists the dead-letter queues with the number of their messages.'))
    .addHelpText('after', `
Example:
  task-manager dead-letters list --stack Orders`)
    .action(async (options: CommonOptions, command: Command) => {
      const deadLetters = await deadLettersOf(command, signal);
      const queues = await abortable(signal, () => deadLetters.list());
      print(options.output, queues, () => queuesText(queues));
    });
}

function showCommand(signal: AbortSignal): Command {
  return withConnection(new Command('show')
    .description('Shows messages of a dead-letter queue. They stay there. With --output json, with their bodies.')
    .addArgument(queueArgument())
    .option('--limit <number>', 'maximum number of messages', count, 20))
    .addHelpText('after', `
Examples:
  task-manager dead-letters show updater --stack Orders
  task-manager dead-letters show publisher --stack Orders --limit 1 --output json | jq -r '.[].body'`)
    .action(async (queue: DeadLetterQueueName, options: CommonOptions & { limit: number }, command: Command) => {
      const letters = await (await deadLettersOf(command, signal)).show(queue, { ...options, signal });
      print(options.output, letters, () => letters.length > 0 ? lettersTable(letters) : 'no messages');
    });
}

function redriveCommand(signal: AbortSignal): Command {
  return withConnection(new Command('redrive')
    .description('Sends the messages of a dead-letter queue back to where they came from. Fix the cause first. The exit code is '
      + `${EXIT_CODE.NOT_REDRIVEN} if messages are left.`)
    .addArgument(queueArgument()))
    .addHelpText('after', `
Example:
  task-manager dead-letters redrive updater --stack Orders`)
    .action(async (queue: DeadLetterQueueName, options: CommonOptions, command: Command) => {
      const result = await (await deadLettersOf(command, signal)).redrive(queue, signal);
      print(options.output, result, () => resultText(result));
      signal.throwIfAborted();
      if (result.left.length > 0) process.exitCode = EXIT_CODE.NOT_REDRIVEN;
    });
}

async function deadLettersOf(command: Command, signal: AbortSignal): Promise<DeadLetterQueues> {
  const { deadLetters } = await connectionOf(command, signal);
  if (!deadLetters) throw new UsageError('dead letters need --stack, because its outputs name the queues');
  return deadLetters;
}

function queuesText(queues: readonly DeadLetterQueueState[]): string {
  const rows = queues.map(({ name, messages, hidden, title }) => [
    name, `${messages}${hidden ? ` (and ${hidden} that somebody reads)` : ''}`, title,
  ]);
  const advice = queues.filter(({ messages }) => messages > 0).map(({ name, runbook }) => `\n${name}: what to do\n  ${runbook}`);
  return [table(['QUEUE', 'MESSAGES', 'WHAT THEY ARE'], rows), ...advice].join('\n');
}

function lettersTable(letters: readonly DeadLetter[]): string {
  return table(['SENT', 'RECEIVED', 'EVENT', 'TASK', 'TYPE', 'STATUS', 'MESSAGE', 'ERROR'], letters.map((letter) => {
    const { messageId, sentAt, receiveCount, detailType, taskId, taskType, status, error, notRedrivable } = letter;
    const found = [detailType, taskId, taskType, status, messageId, error ?? notRedrivable];
    return [sentAt, String(receiveCount), ...found.map((text) => printable(text ?? '–'))];
  }));
}

function resultText({ redriven, left }: RedriveResult): string {
  const lines = left.map(({ messageId, reason }) => `  ${messageId ?? 'the rest'}: ${printable(reason)}`);
  return [`${redriven} ${redriven === 1 ? 'message' : 'messages'} redriven, ${left.length} left`, ...lines].join('\n');
}
