import { Command, InvalidArgumentError, Option } from 'commander';
import { abortable } from '../../../client/src/abortable';
import { TASK_STATUSES, TaskStatus } from '../../../src/protocol/wire';
import type { Connection, ConnectionOptions } from '../connection/connection';
import { DAY, HOUR, MINUTE, SECOND } from '../duration';
import { UsageError } from '../errors';
import { jsonText } from '../output/text';

/** Options of each command that talks to a TaskManager. */
export interface CommonOptions extends ConnectionOptions {
  readonly output: 'table' | 'json';
}

/** Adds the options that say which TaskManager it is and who calls it. */
export function withConnection(command: Command): Command {
  return command
    .addOption(new Option('--output <format>', 'what to print').choices(['table', 'json']).default('table'))
    .option('--no-color', 'print no colours')
    .optionsGroup('Which TaskManager, and who calls it:')
    .addOption(new Option('--stack <name>', 'the CloudFormation stack with outputs of createOutputs()').env('TASK_MANAGER_STACK'))
    .addOption(new Option('--task-manager <name>', 'the TaskManager, if the stack has several').env('TASK_MANAGER_NAME'))
    .addOption(new Option('--url <url>', 'the URL of the API').env('TASK_MANAGER_URL'))
    .addOption(new Option('--live-url <url>', 'the URL of the live updates').env('TASK_MANAGER_LIVE_URL'))
    .option('--region <region>', 'the AWS region (default: as AWS tools find it)')
    .option('--profile <name>', 'the AWS profile (default: as AWS tools find it)')
    .addOption(new Option('--auth <kind>', 'how requests are authorized (default: that of the stack, or iam)').choices(['iam', 'none']))
    .option('--header <name>', 'send this header instead of a signature; its value is that of TASK_MANAGER_HEADER_VALUE, or a line of '
      + 'standard input')
    .option('--owner <owner>', 'whose tasks, where callers choose the owner')
    .option('--owner-header <name>', 'the header for the owner (default: that of the stack)');
}

/** Connects as the options of a command say. A TaskManager of the arguments replaces one of the environment. */
export async function connectionOf(command: Command, signal: AbortSignal): Promise<Connection> {
  const options = command.opts<CommonOptions>();
  const isArgument = (name: string) => command.getOptionValueSource(name) === 'cli';
  const empty = command.options.filter((option) => command.getOptionValue(option.attributeName()) === '');
  const wrong = empty.find((option) => isArgument(option.attributeName()));
  // `--profile "$PROFILE"` must not take another profile if the variable is empty.
  if (wrong) throw new UsageError(`${wrong.long} must not be empty`);
  const isOther = isArgument('stack') || isArgument('url');
  const inherited = ['stack', 'taskManager', 'url', 'liveUrl'].filter((name) => isOther && !isArgument(name));
  // Help and completion start faster without it.
  const { connect } = await import('../connection/connection.js');
  const unset = [...inherited, ...empty.map((option) => option.attributeName())];
  return abortable(signal, () => connect({ ...options, ...Object.fromEntries(unset.map((name) => [name, undefined])) }));
}

/** Parses the id of a task. */
export function taskId(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new InvalidArgumentError('It must be the id of a task.');
  return value;
}

export function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(value);
}

export function portNumber(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) > 65_535) throw new InvalidArgumentError('It must be a port, from 0 to 65535.');
  return Number(value);
}

const UNITS: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Parses an age, such as `15m`. Returns milliseconds. */
export function age(value: string): number {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(value) ?? [];
  if (!number) throw new InvalidArgumentError('It must be a number with a unit: 30s, 15m, 2h or 7d.');
  return Number(number) * UNITS[unit];
}

/** Collects the values of an option that can be repeated. */
export function statuses(value: string, previous: TaskStatus[] = []): TaskStatus[] {
  const added = value.toUpperCase().split(',').map((name) => {
    const status = TASK_STATUSES.find((known) => known === name);
    if (!status) throw new InvalidArgumentError(`It must be ${TASK_STATUSES.join(', ')}.`);
    return status;
  });
  return [...previous, ...added];
}

/** Prints a value as JSON, or as text for people. */
export function print(output: CommonOptions['output'], value: unknown, text: () => string): void {
  console.log(output === 'json' ? jsonText(value, process.stdout.isTTY ? 2 : undefined) : text());
}
