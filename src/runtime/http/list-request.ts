import { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import { Problem } from './problem';
import { TASK_ID, TASK_STATUSES, TASK_TYPE } from '../../protocol/wire';
import { ListRequest } from '../task/task-list';

const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;

const STATUS = `must be one of ${TASK_STATUSES.join(', ')}; to ask for several, repeat the parameter`;
const LIMIT = `must be a whole number from 1 to ${MAX_LIMIT}`;
const NEXT_TOKEN = 'must be the nextToken of the previous page, unchanged';

/** Pattern of a task's creation time. */
const CREATED_AT = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;

/** Schema of the query of `GET /tasks`. The OpenAPI document is made from it, too. */
export const ListQuery = v.strictObject({
  status: v.optional(v.array(v.picklist(TASK_STATUSES, STATUS))),
  type: v.optional(v.pipe(v.string(), v.regex(TASK_TYPE, `must match ${TASK_TYPE.source}`))),
  limit: v.optional(v.pipe(
    v.string(), v.regex(/^\d{1,3}$/, LIMIT),
    v.transform(Number), v.number(), v.integer(), v.minValue(1, LIMIT), v.maxValue(MAX_LIMIT, LIMIT),
  )),
  nextToken: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,256}$/, NEXT_TOKEN))),
}, 'is not a known parameter');

/** Parses the query of `GET /tasks`. Throws a {@link Problem} with each error and its place. */
export function parseListRequest({ multiValueQueryStringParameters }: APIGatewayProxyEvent): ListRequest {
  const { status, ...others } = multiValueQueryStringParameters ?? {};
  const repeated = Object.entries(others).filter(([, values]) => values!.length > 1);
  if (repeated.length > 0) throw badQuery(repeated.map(([parameter]) => ({ parameter, detail: 'must be given only once' })));
  const single = Object.entries(others).map(([parameter, values]) => [parameter, values![0]]);
  const parsed = v.safeParse(ListQuery, Object.fromEntries([['status', status], ...single]));
  if (!parsed.success) throw badQuery(parsed.issues.map(({ path, message }) => ({ parameter: String(path![0].key), detail: message })));
  const { limit = DEFAULT_LIMIT, nextToken, ...filter } = parsed.output;
  return { ...filter, limit, ...(nextToken !== undefined && { after: fromNextToken(nextToken) }) };
}

/** Encodes a place in the list. Tokens are opaque, so that their content can change. */
export function toNextToken(place: string): string {
  return Buffer.from(place).toString('base64url');
}

function fromNextToken(nextToken: string): string {
  const place = Buffer.from(nextToken, 'base64url').toString();
  const [createdAt, taskId, ...more] = place.split('#');
  if (!CREATED_AT.test(createdAt) || !TASK_ID.test(taskId) || more.length > 0) {
    throw badQuery([{ parameter: 'nextToken', detail: NEXT_TOKEN }]);
  }
  return place;
}

function badQuery(errors: { parameter: string; detail: string }[]): Problem {
  return new Problem(400, 'the query is not valid', errors);
}
