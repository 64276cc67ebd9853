import { abortable, sleep } from './abortable';
import { clock } from './clock';
import { TaskApiError, TaskClientError, TaskConnectionError } from './errors';
import type { Fetch, TaskClientOptions } from './options';
import { backoffMs, isTransient, retryAfterMs } from './retry';
import { HEADER } from '../../src/protocol/wire';

/** API Gateway ends a request after 29 seconds by default. */
const RESPONSE_TIMEOUT_SECONDS = 30;

const ATTEMPTS = 5;

/** A request that may be sent again and again: creations carry a key, and the others change nothing the second time. */
export interface HttpRequest<Body> {
  readonly method: 'GET' | 'POST';
  /** Relative to the address of the API. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** How much longer than usual the answer may take. */
  readonly extraSeconds?: number;
  /** The task that it is about, for the errors. */
  readonly taskId?: string;
  readonly isExpectedBody: (body: unknown) => body is Body;
}

export interface HttpResponse<Body> {
  /** Missing if it is not modified. */
  readonly body?: Body;
  readonly text: string;
  readonly etag?: string;
  readonly retryAfterMs?: number;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** @default 5 */
  readonly attempts?: number;
  readonly onFailure?: (error: Error) => void;
}

interface Failure {
  readonly error: TaskClientError;
  readonly isTransient: boolean;
  readonly retryAfterMs?: number;
}

/** Sends requests, and sends them again if they fail in a way that may pass. */
export class Http {
  private readonly baseUrl: URL;
  private readonly fetch: Fetch;
  private readonly headers: () => Record<string, string> | Promise<Record<string, string>>;
  /** How often a request may be sent again with other credentials: not at all if they are always the same. */
  private readonly renewals: number;

  constructor({ url, fetch, headers = {} }: TaskClientOptions) {
    const page = (globalThis as { location?: { href: string } }).location?.href;
    this.baseUrl = new URL(String(url) || '/', page);
    // fetch() would refuse each request, and quote the password in its error.
    if (this.baseUrl.username || this.baseUrl.password) throw new TypeError('url must have no user name and no password: send them in a header');
    this.baseUrl.pathname = this.baseUrl.pathname.replace(/\/*$/, '/');
    this.renewals = fetch || typeof headers === 'function' ? 1 : 0;
    // Called as a global function: browsers refuse it as a method of anything else.
    this.fetch = fetch ?? ((...request) => globalThis.fetch(...request));
    this.headers = typeof headers === 'function' ? headers : () => headers;
  }

  public async send<Body>(request: HttpRequest<Body>, { signal, attempts = ATTEMPTS, onFailure }: SendOptions): Promise<HttpResponse<Body>> {
    // Not in the attempt: a value that no header can have stays wrong.
    const ownHeaders = new Headers(request.headers);
    let { renewals } = this;
    let failures = 0;
    let outcome = await this.attempt(request, ownHeaders, signal);
    while ('error' in outcome) {
      onFailure?.(outcome.error);
      // A token may expire on its way: a new one does, or none will.
      if (!isUnauthorized(outcome.error) || renewals-- === 0) {
        if (!outcome.isTransient || ++failures >= attempts) throw outcome.error;
        await sleep(backoffMs(failures, clock.random(), outcome.retryAfterMs), signal);
      }
      outcome = await this.attempt(request, ownHeaders, signal);
    }
    return outcome;
  }

  private async attempt<Body>(request: HttpRequest<Body>, ownHeaders: Headers, signal?: AbortSignal): Promise<HttpResponse<Body> | Failure> {
    const { extraSeconds = 0, taskId } = request;
    const seconds = RESPONSE_TIMEOUT_SECONDS + extraSeconds;
    try {
      return await abortable(signal, (attemptSignal) => this.exchange(request, ownHeaders, attemptSignal), {
        ms: seconds * 1000,
        error: () => new Error(`no answer within ${seconds} seconds`),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      return { error: new TaskConnectionError(`the API could not be reached: ${cause}`, { taskId, cause }), isTransient: true };
    }
  }

  private async exchange<Body>(request: HttpRequest<Body>, ownHeaders: Headers, signal: AbortSignal): Promise<HttpResponse<Body> | Failure> {
    const headers = new Headers(await this.headers());
    ownHeaders.forEach((value, name) => headers.set(name, value));
    const response = await this.fetch(this.urlOf(request.path), { method: request.method, headers, body: request.body, signal });
    const text = await response.text();
    // Against the server's own clock, where it can be read: the client's may be minutes off.
    const now = Date.parse(response.headers.get('Date') ?? '') || clock.now();
    const answer = {
      text,
      etag: response.headers.get(HEADER.ETAG) ?? undefined,
      retryAfterMs: retryAfterMs(response.headers.get(HEADER.RETRY_AFTER), now),
    };
    if (response.status === 304 && ownHeaders.has(HEADER.IF_NONE_MATCH)) return answer;
    const body = parse(text);
    if (response.ok && request.isExpectedBody(body)) return { ...answer, body };
    return {
      error: new TaskApiError(response.status, text, request.taskId),
      isTransient: isTransient(response.status),
      retryAfterMs: answer.retryAfterMs,
    };
  }

  /** Resolves a path, and keeps the query of the address, which a gateway on the way may ask for. */
  private urlOf(path: string): string {
    const url = new URL(path, this.baseUrl);
    url.search = [this.baseUrl.search.slice(1), url.search.slice(1)].filter(Boolean).join('&');
    return url.href;
  }
}

function isUnauthorized(error: TaskClientError): boolean {
  return error instanceof TaskApiError && error.status === 401;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
