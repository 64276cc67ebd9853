import { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from './problem';
import { IDENTIFIER } from '../../protocol/wire';

/** Returns a header of a request. Its name can be in upper or lower case. Throws a {@link Problem} if the request has it more than once. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const values = headerLines(event, name);
  if (values.length > 1) throw badHeader(name, 'must be sent only once');
  return values[0];
}

/** Returns a header that is a list. It can be sent in several parts (RFC 9110, section 5.3). */
export function listHeader(event: APIGatewayProxyEvent, name: string): string | undefined {
  return headerLines(event, name).join(', ') || undefined;
}

/** Returns the members of a header that is a list, without the white space around them. */
export function listMembers(event: WithHeaders, name: string): string[] {
  return headerLines(event, name).flatMap((line) => line.split(',')).map((member) => member.trim());
}

/** What API Gateway passes on of the headers of a request. */
export interface WithHeaders {
  readonly headers: Record<string, string | undefined> | null;
  readonly multiValueHeaders: Record<string, string[] | undefined> | null;
}

/** Returns the values of a header, one for each time that the request has it. */
export function headerLines({ headers, multiValueHeaders }: WithHeaders, name: string): string[] {
  // `headers` has only the last value of each name. A header that is trusted must not have had another value.
  const fields: Record<string, string | string[] | undefined> = multiValueHeaders ?? headers ?? {};
  const lowerCase = name.toLowerCase();
  return Object.keys(fields).filter((field) => field.toLowerCase() === lowerCase).flatMap((field) => fields[field] ?? []);
}

/** Returns a header that identifies something. Throws a {@link Problem} if its value does not match {@link IDENTIFIER}. */
export function identifier(event: APIGatewayProxyEvent, name: string): string | undefined {
  const value = header(event, name);
  if (value !== undefined && !IDENTIFIER.test(value)) throw badHeader(name, 'must be 1 to 255 visible ASCII characters');
  return value;
}

/** Makes the problem of a request with an invalid header. */
export function badHeader(name: string, detail: string): Problem {
  return new Problem(400, `the header ${name} ${detail}`, [{ header: name, detail }]);
}

/** Returns whether an If-None-Match has this tag (RFC 9110, section 13.1.2). */
export function matchesEntityTag(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag);
}

/** Returns the seconds of `Prefer: wait=<seconds>`. Other preferences are ignored, as RFC 7240 demands. */
export function preferredWaitSeconds(prefer: string | undefined): number {
  return Number(/(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i.exec(prefer ?? '')?.[1] ?? 0);
}
