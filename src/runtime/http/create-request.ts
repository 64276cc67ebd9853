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

/** The body of `POST /tasks`. The OpenAPI document is made of it, too. */
export const CreateRequest = v.strictObject({
  type: v.pipe(v.string('must be a string'), v.regex(TASK_TYPE, `must match ${TASK_TYPE.source}`)),
  payload: v.optional(v.unknown()),
  timeoutSeconds: v.optional(v.pipe(v.number(WHOLE_SECONDS), v.integer(WHOLE_SECONDS), v.minValue(1, WHOLE_SECONDS))),
}, (issue) => issue.expected === 'never' ? 'is not a known member' : issue.received === 'undefined' ? 'is missing' : 'must be a JSON object');

/** What a TaskManager allows a request to ask for. */
export interface RequestLimits {
  readonly maxRequestBytes: number;
  readonly taskTimeoutSeconds: number;
  readonly taskTypes?: TaskTypes;
}

/** Parses the body of `POST /tasks`. Throws a {@link Problem} that says what is wrong with it, and where. */
export function parseCreateRequest(event: APIGatewayProxyEvent, { maxRequestBytes, taskTimeoutSeconds, taskTypes }: RequestLimits): TaskRequest {
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
  // Written out again, a number like 1e20 is longer than it came.
  checkSize('the payload', Buffer.byteLength(JSON.stringify(request.payload) ?? ''), maxRequestBytes);
  if (request.timeoutSeconds !== undefined && request.timeoutSeconds > taskTimeoutSeconds) {
    throw new Problem(422, 'the task can not be given that much time', [{ pointer: '#/timeoutSeconds', detail: `must be at most ${taskTimeoutSeconds}` }]);
  }
  taskTypes?.check(request);
  return request;
}

function checkContentType(event: APIGatewayProxyEvent): void {
  const contentType = parseMimeType(header(event, HEADER.CONTENT_TYPE));
  if (contentType?.essence !== MEDIA_TYPE.JSON) throw new Problem(415, 'the body must be JSON, sent with Content-Type: application/json');
  const charset = contentType.params.get('charset');
  if (charset !== null && !isUtf8Label(charset)) throw new Problem(415, 'the body must be UTF-8: its Content-Type declares another charset');
  const encodings = listHeader(event, 'Content-Encoding')?.split(',').map((encoding) => encoding.trim()) ?? [];
  // API Gateway decompresses some encodings, and leaves their name in the header: what they mean for the body is not known here.
  if (!encodings.every((encoding) => /^(identity)?$/i.test(encoding))) {
    throw new Problem(415, 'the body must be sent as it is, without a Content-Encoding', undefined, { 'Accept-Encoding': 'identity' });
  }
}

function parseMimeType(value = ''): MIMEType | undefined {
  try {
    return new MIMEType(value);
  } catch {
    return undefined;
  }
}

/** Whether a charset is a name of UTF-8, which has several: https://encoding.spec.whatwg.org/#names-and-labels. */
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
    throw new Problem(400, 'the body is not UTF-8');
  }
}

function checkSize(what: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Problem(413, `${what} has ${bytes} bytes, and at most ${maxBytes} are allowed`);
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
