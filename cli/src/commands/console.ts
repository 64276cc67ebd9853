import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { CommonOptions, connectionOf, portNumber, withConnection } from './options';
import { printable } from '../output/text';

interface ConsoleCommandOptions extends CommonOptions {
  readonly port?: number;
  readonly openapi?: string;
  readonly open?: boolean;
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };

/** @param pageDirectory the folder with the page */
export function consoleCommand(pageDirectory: string, signal: AbortSignal): Command {
  return withConnection(new Command('console')
    .summary('show tasks in the browser')
    .description('Serves a page on this machine that shows tasks, creates and cancels them, and redrives dead letters. It authorizes the '
      + 'requests of the page, so that the browser gets no credentials. Anyone who has the address of the page can use it, until Ctrl-C.')
    .option('--port <port>', 'the port (default: a free one)', portNumber)
    .option('--openapi <file>', 'the OpenAPI document of the API, as openApiDocument() returns it: the page makes forms of its task types')
    .option('--open', 'open the page in the browser'))
    .addHelpText('after', `
Examples:
  task-manager console --stack Orders --open
  task-manager console --stack Orders --openapi openapi.json`)
    .action(async (options: ConsoleCommandOptions, command: Command) => {
      const connection = await connectionOf(command, signal);
      const { startConsole } = await import('../console/console.js');
      const { url, close } = await startConsole(connection, { pageDirectory, port: options.port, openApi: options.openapi });
      console.log(`The console of ${printable(connection.apiUrl)}, as ${printable(connection.identity)}:\n\n  ${url}\n\nCtrl-C ends it.`);
      if (options.open) openInBrowser(url);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await close();
    });
}

function openInBrowser(url: string): void {
  const [program, ...parameters] = OPENERS[process.platform] ?? ['xdg-open'];
  spawn(program, [...parameters, url], { stdio: 'ignore', detached: true })
    .on('error', () => console.error('There is no browser to open: use the address.'))
    .unref();
}
