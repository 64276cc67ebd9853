#!/usr/bin/env node
import { readFileSync, realpathSync } from 'node:fs';
import * as path from 'node:path';
import { Argument, Command, CommanderError } from 'commander';
import { cancelCommand } from './commands/cancel';
import { consoleCommand } from './commands/console';
import { createCommand } from './commands/create';
import { deadLettersCommand } from './commands/dead-letters';
import { getCommand } from './commands/get';
import { listCommand } from './commands/list';
import { watchCommand } from './commands/watch';
import { COMPLETE, completions, completionScript, Shell, SHELLS } from './completion';
import { EXIT_CODE } from './errors';
import { failureCode, failureText } from './failure';
import { DOCS } from './protocol';

/** The folder of this program, also if it was started by a link to it. */
const DIRECTORY = path.dirname(realpathSync(process.argv[1]));

const NAME = 'task-manager';

// The SDK is part of this program. What it says about its next versions is not for users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

function program(signal: AbortSignal): Command {
  const { version } = JSON.parse(readFileSync(path.join(DIRECTORY, '..', 'package.json'), 'utf8'));
  return new Command(NAME)
    .description('Shows, creates, watches and cancels the tasks of a TaskManager (cdk-task-manager), and redrives its dead letters.')
    .version(version)
    .option('--no-color', 'print no colours')
    .addCommand(createCommand(signal))
    .addCommand(getCommand(signal))
    .addCommand(listCommand(signal))
    .addCommand(watchCommand(signal))
    .addCommand(cancelCommand(signal))
    .addCommand(deadLettersCommand(signal))
    .addCommand(consoleCommand(path.join(DIRECTORY, 'page'), signal))
    .addCommand(completionCommand())
    .addHelpText('after', `
Examples:
  task-manager list --stack Orders
  task-manager create export --stack Orders --payload '{"table":"customers"}' --wait
  task-manager console --stack Orders --open

Exit codes: 0 done, 1 the request failed, 2 wrong usage, 3 the task is FAILED, 4 the task is CANCELLED, 5 dead letters are left.
Docs: ${DOCS}/operate.md#use-it-from-a-terminal-the-command-line`);
}

function completionCommand(): Command {
  return new Command('completion')
    .summary('print a script that completes commands in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', `
Examples:
  source <(task-manager completion bash)
  source <(task-manager completion zsh)
  task-manager completion fish > ~/.config/fish/completions/task-manager.fish`)
    .action((shell: Shell) => console.log(completionScript(shell, NAME)));
}

/** Commander ends the process otherwise, and with 1 for a wrong argument. */
function throwErrors(command: Command): Command {
  command.exitOverride().commands.forEach(throwErrors);
  return command;
}

async function main(): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  process.once('SIGTERM', () => interruption.abort());
  // The reader of a pipe has what it wants, for example `head`.
  process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : EXIT_CODE.FAILED_REQUEST));
  try {
    const [, , command, ...words] = process.argv;
    // Not by commander, which would take an option among the words for its own.
    if (command === COMPLETE) console.log(completions(program(interruption.signal), words).join('\n'));
    else await throwErrors(program(interruption.signal)).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODE.USAGE;
      return;
    }
    if (interruption.signal.aborted) {
      process.exitCode = EXIT_CODE.INTERRUPTED;
    } else {
      console.error(failureText(error));
      process.exitCode = failureCode(error);
    }
  }
  // What was interrupted, such as a request or the wait for standard input, keeps the process alive.
  if (interruption.signal.aborted) process.exit();
}

void main();
