import { abortable, sleep } from './abortable';
import { clock } from './clock';
import { TaskApiError, TaskClientError, TaskConnectionError } from './errors';
import { parseJson } from './json';
import type { Fetch, TaskClientOptions } from './options';
import { backoffMs, isTransient, retryAfterMs } from './retry';

/** API Gateway ends a request after 29 seconds by default. */
const RESPONSE_TIMEOUT_SECONDS = 30;

const ATTEMPTS = 5;

/** A request that is safe to repeat: creations carry an idempotency key, and the others are idempotent. */
export interface HttpRequest<Body> {
  readonly method: 'GET' | 'POST';
  /** Relative to the URL of the API. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Time that the API may hold its response, on top of the usual limit. */
  readonly extraSeconds?: number;
  /** Id of the task, for errors. */
  readonly taskId?: string;
  readonly isExpectedBody: (body: unknown) => body is Body;
}

export interface HttpResponse<Body> {
  /** Missing in a 304. */
  readonly body?: Body;
  readonly text: string;
  readonly etag?: string;
  readonly retryAfterMs?: number;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** @default 5 */
  readonly attempts?: number;
  /** Is called after each attempt, with its error if it failed. */
  readonly onAttempt?: (error?: Error) => void;
}

interface Failure {
  readonly error: TaskClientError;
  readonly isTransient: boolean;
  readonly retryAfterMs?: number;
}

type Outcome<Body> = HttpResponse<Body> | Failure;

/** Sends requests, and retries transient failures. */
export class Http {
  private readonly baseUrl: URL;
  private readonly fetch: Fetch;
  private readonly headers: () => Record<string, string> | Promise<Record<string, string>>;
  /** Number of times that a 401 is retried: 0 if the credentials are always the same. */
  private readonly renewals: number;

  constructor({ url, fetch, headers = {} }: TaskClientOptions) {
    const page = (globalThis as { location?: { href: string } }).location?.href;
    this.baseUrl = new URL(String(url) || '/', page);
    // fetch() would reject each request, with the password in its error.
    if (this.baseUrl.username || this.baseUrl.password) {
      throw new TypeError('url must not contain credentials: use headers');
    }
    this.baseUrl.pathname = this.baseUrl.pathname.replace(/\/*$/, '/');
    this.renewals = fetch || typeof headers === 'function' ? 1 : 0;
    // Browsers refuse a call of fetch() as a method of another object.
    this.fetch = fetch ?? ((...request) => globalThis.fetch(...request));
    this.headers = typeof headers === 'function' ? headers : () => headers;
  }

  public async send<Body>(request: HttpRequest<Body>, options: SendOptions): Promise<HttpResponse<Body>> {
    const { signal, attempts = ATTEMPTS, onAttempt } = options;
    // Outside of the attempt: an invalid header value must not be retried.
    const ownHeaders = new Headers(request.headers);
    let { renewals } = this;
    let failures = 0;
    let outcome = await this.attempt(request, ownHeaders, signal);
    while ('error' in outcome) {
      onAttempt?.(outcome.error);
      // A token may have expired: one attempt with a new token, and no more.
      if (!isUnauthorized(outcome.error) || renewals-- === 0) {
        if (!outcome.isTransient || ++failures >= attempts) throw outcome.error;
        await sleep(backoffMs(failures, clock.random(), outcome.retryAfterMs), signal);
      }
      outcome = await this.attempt(request, ownHeaders, signal);
    }
    onAttempt?.();
    return outcome;
  }

  private async attempt<Body>(request: HttpRequest<Body>, ownHeaders: Headers, signal?: AbortSignal): Promise<Outcome<Body>> {
    const { extraSeconds = 0, taskId } = request;
    const seconds = RESPONSE_TIMEOUT_SECONDS + extraSeconds;
    try {
      return await abortable(signal, (attemptSignal) => this.exchange(request, ownHeaders, attemptSignal), {
        ms: seconds * 1000,
        error: () => new Error(`no response within ${seconds} seconds`),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      return { error: new TaskConnectionError(`the API could not be reached: ${cause}`, { taskId, cause }), isTransient: true };
    }
  }

  private async exchange<Body>(request: HttpRequest<Body>, ownHeaders: Headers, signal: AbortSignal): Promise<Outcome<Body>> {
    const headers = new Headers(await this.headers());
    ownHeaders.forEach((value, name) => headers.set(name, value));
    const response = await this.fetch(this.urlOf(request.path), { method: request.method, headers, body: request.body, signal });
    const text = await response.text();
    // By the clock of the server, if the response has it: the local clock may be minutes off.
    const now = Date.parse(response.headers.get('Date') ?? '') || clock.now();
    const withoutBody = {
      text,
      etag: response.headers.get('ETag') ?? undefined,
      retryAfterMs: retryAfterMs(response.headers.get('Retry-After'), now),
    };
    if (response.status === 304 && ownHeaders.has('If-None-Match')) return withoutBody;
    const body = parseJson(text);
    if (response.ok && request.isExpectedBody(body)) return { ...withoutBody, body };
    return {
      error: new TaskApiError(response.status, text, request.taskId),
      isTransient: isTransient(response.status),
      retryAfterMs: withoutBody.retryAfterMs,
    };
  }

  /** Resolves a path. Keeps the query of the API's URL, which a gateway may need. */
  private urlOf(path: string): string {
    const url = new URL(path, this.baseUrl);
    url.search = [this.baseUrl.search.slice(1), url.search.slice(1)].filter(Boolean).join('&');
    return url.href;
  }
}

function isUnauthorized(error: TaskClientError): boolean {
  return error instanceof TaskApiError && error.status === 401;
}
