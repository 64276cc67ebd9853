import { isUtf8 } from 'node:buffer';
import { IncomingMessage } from 'node:http';
import { Answer, problem } from './answer';
import { badGateway } from './upstream-error';
import { HEADER, TASK_ID } from '../../../src/protocol/wire';
import type { Connection } from '../connection/connection';

/** Limit of bodies. The API itself accepts at most 384 KiB. */
const MAX_BODY_BYTES = 512 * 1024;

/** Headers that are passed on. No other one reaches the API, so a page can't add an authorization or an owner. */
const REQUEST_HEADERS = [
  'Accept', HEADER.CONTENT_TYPE, HEADER.IDEMPOTENCY_KEY, HEADER.IF_NONE_MATCH, HEADER.PREFER,
];
const RESPONSE_HEADERS = [
  HEADER.CONTENT_TYPE, 'Date', HEADER.ETAG, HEADER.IDEMPOTENT_REPLAYED, HEADER.PREFERENCE_APPLIED, HEADER.RETRY_AFTER,
];

/** A request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Relative to the URL of the API. */
  readonly path: string;
  /** Whether it has a body, and its answer a location. */
  readonly isCreation?: boolean;
}

/** Passes requests on to the API, with the authorization of the connection. */
export class ApiProxy {
  constructor(private readonly connection: Connection) {}

  /** @param signal aborts when nobody waits for the answer */
  public async send({ method, path, isCreation }: ApiRequest, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const body = isCreation ? await bodyOf(request) : undefined;
    if (typeof body === 'object') return body;
    const headers = new Headers();
    for (const name of REQUEST_HEADERS) {
      const value = request.headers[name.toLowerCase()];
      if (value !== undefined) headers.set(name, String(value));
    }
    try {
      const response = await this.connection.fetch(this.urlOf(path), { method, headers, body, signal });
      return await this.answerOf(response, isCreation);
    } catch (error) {
      return badGateway(error, 'the API did not answer');
    }
  }

  /** Keeps the query of the API's URL, which a gateway may need. */
  private urlOf(path: string): string {
    const { apiUrl } = this.connection;
    const url = new URL(path, apiUrl);
    url.search = [new URL(apiUrl).search, url.search].map((query) => query.slice(1)).filter(Boolean).join('&');
    return url.href;
  }

  private async answerOf(response: Response, isCreation?: boolean): Promise<Answer> {
    const { status } = response;
    const body = Buffer.from(await response.arrayBuffer());
    if (status >= 300 && status < 400 && status !== 304) {
      return problem(502, `the API did not answer: ${this.connection.apiUrl} redirects; use the URL that it redirects to`);
    }
    const passed = RESPONSE_HEADERS.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    const taskId = response.headers.get(HEADER.LOCATION)?.split('/').at(-1) ?? '';
    // Relative to the URL of the request.
    if (isCreation && TASK_ID.test(taskId)) passed.push([HEADER.LOCATION, `tasks/${taskId}`]);
    return { status, headers: Object.fromEntries(passed), body };
  }
}

/** Reads the body of a request, or returns why it can't be passed on. */
async function bodyOf(request: IncomingMessage): Promise<string | Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Listeners, because a loop that ends early would destroy the connection, and with it the answer.
  await new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) resolve(undefined);
      else chunks.push(chunk);
    });
    request.on('end', resolve).on('error', reject);
  });
  if (size > MAX_BODY_BYTES) return problem(413, `the body must have at most ${MAX_BODY_BYTES} bytes`);
  const body = Buffer.concat(chunks);
  return isUtf8(body) ? body.toString() : problem(415, 'the body must be JSON in UTF-8');
}
