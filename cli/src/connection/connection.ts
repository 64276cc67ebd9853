import { WebSocket } from 'ws';
import { Authorization, checkHeader, signed, unauthorized, withHeader } from './authorization';
import { aws, Aws, identityOf } from './aws';
import { HEADER_VALUE_VARIABLE, headerValue } from './header-value';
import { apiUrlIn, Outputs, readOutputs } from './stack';
import { Fetch, TaskClient } from '../../../client/src';
import { LIVE_PROTOCOL, LIVE_TOKEN_PREFIX } from '../../../src/protocol/live';
import { OUTPUT } from '../../../src/protocol/wire';
import type { DeadLetterQueues } from '../dead-letters/dead-letters';
import { UsageError } from '../errors';

/** How to reach a TaskManager. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly liveUrl?: string;
  readonly stack?: string;
  readonly taskManager?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly auth?: 'iam' | 'none';
  /** Name of the header that is sent instead of a signature. */
  readonly header?: string;
  readonly owner?: string;
  readonly ownerHeader?: string;
}

/** How to open a WebSocket for live updates. */
export interface LiveAddress {
  readonly url: string;
  readonly protocols: string[];
}

/** A TaskManager, and who calls it. */
export interface Connection {
  /** Ends in `/`. */
  readonly apiUrl: string;
  /** Sends a request to the API, with its authorization and its owner. Follows no redirects. */
  readonly fetch: Fetch;
  /** Returns where to open a WebSocket for live updates. Missing if there are none. Each connection needs a new address. */
  readonly live?: () => Promise<LiveAddress>;
  readonly client: TaskClient;
  /** Missing without a stack. */
  readonly deadLetters?: DeadLetterQueues;
  /** Who the caller is, for people: `AWS credentials of the profile ops`. */
  readonly identity: string;
  readonly owner?: string;
  /** The arguments that connect another command in the same way. They contain no secrets. */
  readonly arguments: readonly string[];
}

/** Connects to the TaskManager that the options name. Fails at once if there is nothing to authorize with. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const account = aws(options);
  const outputs: Outputs = options.stack ? await readOutputs(options.stack, account, options.taskManager) : () => undefined;
  const authorization = authorizationOf(options, outputs(OUTPUT.AUTH), account);
  const api = toApi(options, outputs, authorization);
  await authorization.check(new URL(api.apiUrl));
  return { ...api, deadLetters: options.stack ? deadLettersOf(outputs, account) : undefined };
}

function toApi(options: ConnectionOptions, outputs: Outputs, authorization: Authorization): Omit<Connection, 'deadLetters'> {
  const apiUrl = urlOf('--url', options.url ?? apiUrlIn(outputs, OUTPUT.API_URL), ['http:', 'https:']);
  if (!apiUrl) throw new UsageError('the API is not known: pass --url or --stack, or set TASK_MANAGER_URL or TASK_MANAGER_STACK');
  apiUrl.pathname = apiUrl.pathname.replace(/\/*$/, '/');
  const liveUrl = urlOf('--live-url', options.liveUrl ?? apiUrlIn(outputs, OUTPUT.LIVE_URL), ['ws:', 'wss:']);
  const { owner, ownerHeader = outputs(OUTPUT.OWNER_HEADER) } = options;
  if (owner !== undefined && !ownerHeader) {
    throw new UsageError('--owner needs the header that the API takes for the owner: pass it as --owner-header');
  }
  if (owner !== undefined) checkHeader(ownerHeader!, owner);
  const ownerParameter = outputs(OUTPUT.LIVE_OWNER_PARAMETER);
  if (liveUrl && ownerParameter && owner !== undefined) liveUrl.searchParams.set(ownerParameter, owner);

  const fetch: Fetch = (address, init) => {
    if (owner !== undefined) init.headers.set(ownerHeader!, owner);
    return authorization.fetch(address, init);
  };
  const live = liveUrl && { url: () => authorization.liveUrl(liveUrl), token: authorization.liveToken };
  return {
    apiUrl: apiUrl.href,
    fetch,
    live: live && (async () => ({
      url: await live.url(),
      protocols: [LIVE_PROTOCOL, ...live.token ? [`${LIVE_TOKEN_PREFIX}${await live.token()}`] : []],
    })),
    client: new TaskClient({ url: apiUrl, fetch, liveUrl: live?.url, liveToken: live?.token, webSocket: WebSocket }),
    identity: authorization.identity,
    owner,
    arguments: argumentsOf(options),
  };
}

function authorizationOf(options: ConnectionOptions, kind: string | undefined, account: Aws): Authorization {
  if (options.header !== undefined) {
    if (options.auth) throw new UsageError('--header and --auth must not be used together');
    return withHeader(options.header, headerValue(options.header));
  }
  switch (options.auth ?? kind ?? 'iam') {
    case 'iam': return signed(account, identityOf(options));
    case 'none': return unauthorized;
    default: throw new UsageError(`the API has the authorization '${kind}': pass the name of the header that it reads, for example `
      + `--header Authorization, and its value in ${HEADER_VALUE_VARIABLE} or on standard input`);
  }
}

/** Loads the code for the queues when it is needed. */
function deadLettersOf(outputs: Outputs, account: Aws): DeadLetterQueues {
  const load = async () => new (await import('../dead-letters/dead-letters.js')).DeadLetters(outputs, account);
  return {
    list: async () => (await load()).list(),
    show: async (...parameters) => (await load()).show(...parameters),
    redrive: async (...parameters) => (await load()).redrive(...parameters),
  };
}

function urlOf(option: string, value: string | undefined, protocols: readonly string[]): URL | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !protocols.includes(url.protocol)) {
    const beginnings = protocols.map((protocol) => `${protocol}//`).join(' or ');
    // Without the value: its query can contain the key of a gateway.
    throw new UsageError(`${option} must be a URL that begins with ${beginnings}`);
  }
  if (url.username || url.password) throw new UsageError(`${option} must not contain a user name or a password`);
  url.hash = '';
  return url;
}

const ARGUMENTS = ['url', 'liveUrl', 'stack', 'taskManager', 'region', 'profile', 'auth', 'header', 'owner', 'ownerHeader'] as const;

function argumentsOf(options: ConnectionOptions): string[] {
  return ARGUMENTS.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value];
  });
}
