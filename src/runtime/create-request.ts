import { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import { Problem } from './problem';
import { TASK_TYPE } from '../protocol';

/** The longest body of a request. The task's payload is most of it. */
export const MAX_BODY_BYTES = 64 * 1024;

const WHOLE_SECONDS = 'must be a whole number of seconds, at least 1';

const CreateRequest = v.strictObject({
  type: v.pipe(v.string('must be a string'), v.regex(TASK_TYPE, `must match ${TASK_TYPE.source}`)),
  payload: v.optional(v.unknown()),
  timeoutSeconds: v.optional(v.pipe(v.number(WHOLE_SECONDS), v.check((seconds) => Number.isSafeInteger(seconds) && seconds >= 1, WHOLE_SECONDS))),
}, (issue) => issue.expected === 'never' ? 'is not a known member' : issue.received === 'undefined' ? 'is missing' : 'must be a JSON object');

export type CreateRequest = v.InferOutput<typeof CreateRequest>;

/** Parses the body of `POST /tasks`. Throws a {@link Problem} that says all that is wrong with it. */
export function parseCreateRequest(event: APIGatewayProxyEvent, maxTimeoutSeconds: number): CreateRequest {
  if (!/^application\/json\s*(;|$)/i.test(contentType(event))) {
    throw new Problem(415, 'the body must be JSON, sent with Content-Type: application/json');
  }
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (body.byteLength > MAX_BODY_BYTES) {
    throw new Problem(413, `the body has ${body.byteLength} bytes, and at most ${MAX_BODY_BYTES} are allowed`);
  }
  const request = v.safeParse(CreateRequest, parseJson(body.toString()));
  if (!request.success) {
    throw new Problem(400, 'the body is not a valid task', request.issues.map((issue) => ({
      pointer: `#${(issue.path ?? []).map(({ key }) => `/${escapePointer(String(key))}`).join('')}`,
      detail: issue.message,
    })));
  }
  const { timeoutSeconds = 0 } = request.output;
  if (timeoutSeconds > maxTimeoutSeconds) {
    throw new Problem(422, 'the task can not be given that much time', [{ pointer: '#/timeoutSeconds', detail: `must be at most ${maxTimeoutSeconds}` }]);
  }
  return request.output;
}

function contentType({ headers }: APIGatewayProxyEvent): string {
  const name = Object.keys(headers ?? {}).find((header) => header.toLowerCase() === 'content-type');
  return (name && headers[name]) ?? '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, 'the body is not valid JSON');
  }
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
