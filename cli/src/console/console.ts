import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { NOT_FOUND, problem, Sender } from './answer';
import { Guard } from './guard';
import { LiveProxy } from './live-proxy';
import { readPage } from './page-files';
import { Routes } from './routes';
import { readTaskTypes } from './task-types';
import type { Connection } from '../connection/connection';
import { CommandError } from '../errors';

export interface ConsoleOptions {
  /** @default - a free one */
  readonly port?: number;
  /** File with the OpenAPI document of the TaskManager. */
  readonly openApi?: string;
  /** @default ['npx', 'cdk-task-manager-cli'] */
  readonly command?: readonly string[];
  /** Folder with the files of the page. */
  readonly pageDirectory: string;
}

export interface Console {
  /** URL of the page. Anyone who has it can do what the connection can. */
  readonly url: string;
  /** Ends the console, and all its connections. */
  close(): Promise<void>;
}

/** Statuses for requests that Node.js can't read, by the code of its error. */
const UNREADABLE: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * Serves the console on this computer.
 *
 * @throws CommandError if the port or the OpenAPI document can't be used
 */
export async function startConsole(connection: Connection, options: ConsoleOptions): Promise<Console> {
  const { command = ['npx', 'cdk-task-manager-cli'], openApi, pageDirectory } = options;
  const [page, taskTypes] = await Promise.all([readPage(pageDirectory), openApi === undefined ? undefined : readTaskTypes(openApi)]);
  const { apiUrl, identity, owner } = connection;
  const [live, deadLetters] = [connection.live !== undefined, connection.deadLetters !== undefined];
  const settings = { apiUrl, identity, owner, live, deadLetters, taskTypes, command, arguments: connection.arguments };
  const routes = new Routes(connection, settings, page);

  // The guard checks the header, and all refusals look the same.
  const server = createServer({ requireHostHeader: false });
  // Otherwise Node.js would hide a second Host, or an Origin, behind 2,000 other headers. Their size has a limit, too.
  server.maxHeadersCount = 0;
  const port = await listen(server, options.port ?? 0);
  const token = randomBytes(32).toString('base64url');
  const guard = new Guard(port, token);
  const sender = new Sender(port);
  const liveProxy = new LiveProxy(connection, sender);

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const admitted = guard.check(request);
      const found = 'status' in admitted ? admitted : await routes.answer(request, admitted, gone.signal);
      if (!gone.signal.aborted) sender.send(response, found);
    } catch {
      if (!gone.signal.aborted) sender.send(response, problem(500));
    }
  };
  // Two events replace `request` if there is a header Expect.
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, answer);
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const admitted = guard.check(request);
    if ('status' in admitted) sender.sendTo(socket, admitted);
    else if (admitted.path === 'live') void liveProxy.accept(request, socket, head);
    else sender.sendTo(socket, NOT_FOUND);
  });
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => sender.sendTo(socket, problem(UNREADABLE[code!] ?? 400)));

  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    liveProxy.close();
    await closed;
  };
  let closing: Promise<void> | undefined;
  return { url: `http://127.0.0.1:${port}/${token}/`, close: () => closing ??= close() };
}

/** Listens on this computer only. Returns the port. */
async function listen(server: Server, port: number): Promise<number> {
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new CommandError(`the port ${port} is in use: choose another one with --port`);
    throw new CommandError(`the console can't listen: ${message}`);
  }
  return (server.address() as AddressInfo).port;
}
