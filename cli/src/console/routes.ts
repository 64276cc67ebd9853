import { IncomingMessage } from 'node:http';
import { Answer, json, NOT_FOUND } from './answer';
import { ApiProxy } from './api-proxy';
import { DeadLetterRoutes } from './dead-letter-routes';
import { Admitted } from './guard';
import { TASK_ID } from '../../../src/protocol/wire';
import type { Connection } from '../connection/connection';
import { ConsoleSettings } from '../protocol';

/** A request that the guard has admitted. */
interface Routed {
  readonly request: IncomingMessage;
  /** Aborts when nobody waits for the answer. */
  readonly signal: AbortSignal;
  readonly query: string;
  /** The part of the path that varies. */
  readonly name: string;
}

type Route = readonly [line: RegExp, handle: (routed: Routed) => Answer | Promise<Answer>];

const TASK = `api/tasks/(${TASK_ID.source.slice(1, -1)})`;

/** Answers all requests but handshakes of WebSockets. */
export class Routes {
  private readonly routes: readonly Route[];

  constructor(connection: Connection, settings: ConsoleSettings, private readonly page: ReadonlyMap<string, Answer>) {
    const api = new ApiProxy(connection);
    const deadLetters = new DeadLetterRoutes(connection.deadLetters);
    this.routes = [
      [/^GET settings$/, () => json(settings)],
      [/^GET api\/tasks$/, ({ query, request, signal }) => api.send({ method: 'GET', path: `tasks${query}` }, request, signal)],
      [/^POST api\/tasks$/, ({ request, signal }) => api.send({ method: 'POST', path: 'tasks', isCreation: true }, request, signal)],
      [new RegExp(`^GET ${TASK}$`), ({ name, request, signal }) => api.send({ method: 'GET', path: `tasks/${name}` }, request, signal)],
      [new RegExp(`^POST ${TASK}/cancel$`), ({ name, request, signal }) =>
        api.send({ method: 'POST', path: `tasks/${name}/cancel` }, request, signal)],
      [/^GET dead-letters$/, () => deadLetters.list()],
      [/^GET dead-letters\/([^/]+)$/, ({ name, query }) => deadLetters.show(name, query)],
      [/^POST dead-letters\/([^/]+)\/redrive$/, ({ name }) => deadLetters.redrive(name)],
    ];
  }

  public async answer(request: IncomingMessage, { path, query }: Admitted, signal: AbortSignal): Promise<Answer> {
    const file = request.method === 'GET' ? this.page.get(path) : undefined;
    if (file) return file;
    for (const [line, handle] of this.routes) {
      const match = line.exec(`${request.method} ${path}`);
      if (match) return handle({ request, signal, query, name: match[1] });
    }
    return NOT_FOUND;
  }
}
