import { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from './problem';
import { IDENTIFIER } from '../../protocol/wire';

/** Reads a header of a request, whose names are in any case. Throws a {@link Problem} when it is there more than once. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const values = fieldLines(event, name);
  if (values.length > 1) throw badHeader(name, 'was sent more than once');
  return values[0];
}

/** Reads a header that is a list, which may be sent in several parts (RFC 9110, section 5.3). */
export function listHeader(event: APIGatewayProxyEvent, name: string): string | undefined {
  return fieldLines(event, name).join(', ') || undefined;
}

function fieldLines({ headers, multiValueHeaders }: APIGatewayProxyEvent, name: string): string[] {
  // `headers` has but the last value of each name: who trusts a header must know that there was no other one.
  const fields = Object.entries(multiValueHeaders ?? headers ?? {});
  return fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).flatMap(([, value]) => value ?? []);
}

/** Reads a header whose value identifies something. */
export function identifier(event: APIGatewayProxyEvent, name: string): string | undefined {
  const value = header(event, name);
  if (value !== undefined && !IDENTIFIER.test(value)) throw badHeader(name, 'must be 1 to 255 visible ASCII characters');
  return value;
}

export function badHeader(name: string, detail: string): Problem {
  return new Problem(400, `the header ${name} ${detail}`, [{ header: name, detail }]);
}

/** Whether the version that a client has, by its If-None-Match, is this one (RFC 9110, section 13.1.2). */
export function matchesEntityTag(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag);
}

/** The seconds of a `Prefer: wait=<seconds>` (RFC 7240). A preference that is none is ignored, as it says. */
export function preferredWaitSeconds(prefer: string | undefined): number {
  return Number(/(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i.exec(prefer ?? '')?.[1] ?? 0);
}
