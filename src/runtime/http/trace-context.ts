import { randomBytes } from 'node:crypto';
import { APIGatewayProxyEvent } from 'aws-lambda';
import { headerLines, listHeader } from './request-headers';
import { TraceContext } from '../../protocol/trace-context';
import { HEADER } from '../../protocol/wire';
import { parseTraceHeader } from '../support/x-ray';

/** The versions after 00 can have more fields. `ff` and ids of zeros are invalid: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A member of the list, without the white space around it: https://www.w3.org/TR/trace-context/#tracestate-header */
const LIST_MEMBER = /^[a-z0-9][a-z0-9_*/@-]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const MAX_LIST_MEMBERS = 32;

/** Maximum length of a tracestate. W3C asks for at least as much. */
const MAX_TRACESTATE = 512;
/** W3C asks to leave out longer members first. */
const LONG_LIST_MEMBER = 128;

/**
 * Returns the trace context of a request or, without a valid one, that of X-Ray or a new one. Wrong headers of tracing are no reason to
 * refuse a request.
 *
 * @param isTraced whether X-Ray traces the requests
 * @param xRayHeader the tracing header of the invocation, if there is one
 */
export function traceContext(event: APIGatewayProxyEvent, isTraced = false, xRayHeader = process.env._X_AMZN_TRACE_ID): TraceContext {
  const [line, ...more] = headerLines(event, HEADER.TRACEPARENT);
  const traceparent = more.length === 0 ? parseTraceparent(line) : undefined;
  if (traceparent === undefined) return { traceparent: newTraceparent(isTraced, xRayHeader) };
  const tracestate = parseTracestate(listHeader(event, HEADER.TRACESTATE));
  return { traceparent, ...(tracestate !== undefined && { tracestate }) };
}

/** Returns a traceparent in the form of version 00; undefined if it is invalid. */
function parseTraceparent(value = ''): string | undefined {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(value.trim()) ?? [];
  if (version === undefined) return undefined;
  if (version === '00') return more === undefined ? value.trim() : undefined;
  // Of the flags, version 00 knows only this one.
  return formatTraceparent(traceId, parentId, Number(`0x${flags}`) % 2 === 1);
}

/** Returns the valid part of a tracestate, without optional white space; undefined if it is empty, or not valid at all. */
function parseTracestate(value = ''): string | undefined {
  const members = value.split(',').map((member) => member.trim()).filter((member) => member !== '');
  if (members.length > MAX_LIST_MEMBERS || !members.every((member) => LIST_MEMBER.test(member))) return undefined;
  // Each system has one member. The first one is the newest.
  const keys = members.map((member) => member.split('=')[0]);
  return limited(members.filter((_, i) => keys.indexOf(keys[i]) === i)).join(',') || undefined;
}

/** Leaves out members until the list is not too long. */
function limited(members: string[]): string[] {
  if (members.join(',').length <= MAX_TRACESTATE) return members;
  const short = members.filter(({ length }) => length <= LONG_LIST_MEMBER);
  while (short.join(',').length > MAX_TRACESTATE) short.pop();
  return short;
}

/**
 * Returns a traceparent with the ids of X-Ray or new ones. Lambda has a tracing header for each invocation, also if X-Ray traces none. It
 * says then that it is not sampled, with which samplers would drop the spans of processors. So only tracing makes that a decision.
 */
function newTraceparent(isTraced: boolean, xRayHeader = ''): string {
  const { traceId = randomId(16), parentId = randomId(8), isSampled = false } = parseTraceHeader(xRayHeader) ?? {};
  return formatTraceparent(traceId, parentId, isSampled || !isTraced);
}

function formatTraceparent(traceId: string, parentId: string, isSampled: boolean): string {
  return `00-${traceId}-${parentId}-${isSampled ? '01' : '00'}`;
}

function randomId(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
