import { MIMEType } from 'node:util';
import { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import { Problem } from './problem';
import { header, listHeader } from './request-headers';
import { TaskTypes } from './task-types';
import { HEADER, MEDIA_TYPE, TASK_TYPE } from '../../protocol/wire';
import { parseInteroperableJson } from '../support/json';
import { TaskRequest } from '../task/task';

const WHOLE_SECONDS = 'must be a whole number of seconds, at least 1';

/** Schema of the body of `POST /tasks`. The OpenAPI document is made from it, too. */
export const CreateRequest = v.strictObject({
  type: v.pipe(v.string('must be a string'), v.regex(TASK_TYPE, `must match ${TASK_TYPE.source}`)),
  payload: v.optional(v.unknown()),
  timeoutSeconds: v.optional(v.pipe(v.number(WHOLE_SECONDS), v.integer(WHOLE_SECONDS), v.minValue(1, WHOLE_SECONDS))),
}, ({ expected, received }) => {
  if (expected === 'never') return 'is not a known property';
  return received === 'undefined' ? 'is missing' : 'must be a JSON object';
});

/** Limits of a TaskManager for new tasks. */
export interface RequestLimits {
  readonly maxRequestBytes: number;
  readonly taskTimeoutSeconds: number;
  readonly taskTypes?: TaskTypes;
}

/**
 * Parses the body of `POST /tasks`. Throws a {@link Problem} with each error and its place.
 *
 * @param traceId for log lines
 */
export function parseCreateRequest(event: APIGatewayProxyEvent, limits: RequestLimits, traceId?: string): TaskRequest {
  const { maxRequestBytes, taskTimeoutSeconds, taskTypes } = limits;
  checkContentType(event);
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  checkSize('the body', body.byteLength, maxRequestBytes);
  const parsed = v.safeParse(CreateRequest, parseJson(decode(body)), { abortPipeEarly: true });
  if (!parsed.success) {
    throw new Problem(400, 'the body is not a valid task', parsed.issues.map((issue) => ({
      pointer: `#${(issue.path ?? []).map(({ key }) => `/${encodeURIComponent(escapePointer(String(key)))}`).join('')}`,
      detail: issue.message,
    })));
  }
  const request = parsed.output;
  // A number such as 1e20 is longer when it is serialized again.
  checkSize('the payload', Buffer.byteLength(JSON.stringify(request.payload) ?? ''), maxRequestBytes);
  if (request.timeoutSeconds !== undefined && request.timeoutSeconds > taskTimeoutSeconds) {
    throw new Problem(422, 'timeoutSeconds exceeds the limit of this API', [
      { pointer: '#/timeoutSeconds', detail: `must be at most ${taskTimeoutSeconds}` },
    ]);
  }
  taskTypes?.check(request, traceId);
  return request;
}

function checkContentType(event: APIGatewayProxyEvent): void {
  const value = header(event, HEADER.CONTENT_TYPE);
  // Most requests have this value, so their cold start does without the parser.
  if (value !== MEDIA_TYPE.JSON) checkMimeType(value);
  const encodings = listHeader(event, 'Content-Encoding')?.split(',').map((encoding) => encoding.trim()) ?? [];
  // API Gateway decompresses some encodings but keeps the header, so nobody knows here how the body is encoded.
  if (!encodings.every((encoding) => /^(identity)?$/i.test(encoding))) {
    throw new Problem(415, 'the body must not have a Content-Encoding: send it uncompressed', undefined, { 'Accept-Encoding': 'identity' });
  }
}

function checkMimeType(value: string | undefined): void {
  const contentType = parseMimeType(value);
  if (contentType?.essence !== MEDIA_TYPE.JSON) throw new Problem(415, 'the body must be JSON, with Content-Type: application/json');
  const charset = contentType.params.get('charset');
  if (charset !== null && !isUtf8Label(charset)) {
    throw new Problem(415, 'the body must be UTF-8, but its Content-Type declares another charset');
  }
}

function parseMimeType(value = ''): MIMEType | undefined {
  try {
    return new MIMEType(value);
  } catch {
    return undefined;
  }
}

/** Returns whether a charset is one of the names of UTF-8: https://encoding.spec.whatwg.org/#names-and-labels. */
function isUtf8Label(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding === 'utf-8';
  } catch {
    return false;
  }
}

/** Decodes UTF-8. Skips a byte order mark, as RFC 8259, section 8.1 allows. */
function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Problem(400, 'the body is not valid UTF-8');
  }
}

function checkSize(what: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Problem(413, `${what} has ${bytes} bytes; the maximum is ${maxBytes}`);
}

function parseJson(text: string): unknown {
  try {
    return parseInteroperableJson(text);
  } catch (error) {
    throw new Problem(400, `the body ${(error as Error).message}`);
  }
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
