import * as fc from 'fast-check';
import { traceContext } from '../../../src/runtime/http/trace-context';
import { aRequest, TRACE } from '../../support/builders';

// A failure names its seed and path. To repeat it: FAST_CHECK_SEED=<seed> FAST_CHECK_PATH=<path> npx jest <this file>
const { FAST_CHECK_SEED, FAST_CHECK_PATH, FAST_CHECK_RUNS } = process.env;
const PARAMETERS = {
  numRuns: Number(FAST_CHECK_RUNS ?? 1000),
  ...(FAST_CHECK_SEED && { seed: Number(FAST_CHECK_SEED) }),
  ...(FAST_CHECK_PATH && { path: FAST_CHECK_PATH }),
};

type Headers = Record<string, string | string[]>;

/** Returns the trace context of a request, which has a header several times if its value is a list. */
function contextOf(headers: Headers, xRayHeader?: string, isTraced = false) {
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
  return traceContext(aRequest('POST /tasks', { headers: {}, multiValueHeaders }), isTraced, xRayHeader);
}

const NEW = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736', PARENT_ID = '00f067aa0ba902b7';
const { traceparent } = TRACE;

describe('the traceparent of a request', () => {
  test.each([
    traceparent,
    `00-${TRACE_ID}-${PARENT_ID}-00`,
    // Flags of later levels of the standard, such as `random-trace-id`.
    `00-${TRACE_ID}-${PARENT_ID}-03`,
    `00-${TRACE_ID}-${PARENT_ID}-ff`,
    `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-00`,
  ])('is kept if it is valid: %s', (value) => {
    expect(contextOf({ traceparent: value })).toEqual({ traceparent: value });
  });

  test.each(['traceparent', 'Traceparent', 'TraceParent', 'TRACEPARENT'])('is found as %s', (name) => {
    expect(contextOf({ [name]: traceparent })).toEqual({ traceparent });
  });

  test.each([` ${traceparent}`, `${traceparent} \t`])('can have white space around it: %j', (value) => {
    expect(contextOf({ traceparent: value })).toEqual({ traceparent });
  });

  test.each([
    [`01-${TRACE_ID}-${PARENT_ID}-01`, '01'],
    [`cc-${TRACE_ID}-${PARENT_ID}-00`, '00'],
    [`cc-${TRACE_ID}-${PARENT_ID}-01-what-the-future-will-be-like`, '01'],
    [`fe-${TRACE_ID}-${PARENT_ID}-09-`, '01'],
    [`fe-${TRACE_ID}-${PARENT_ID}-fe-x.y`, '00'],
  ])('of a later version is continued in version 00: %s', (value, flags) => {
    expect(contextOf({ traceparent: value })).toEqual({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-${flags}` });
  });

  test.each<[string, Headers]>([
    ['there is none', {}],
    ['it is empty', { traceparent: '' }],
    ['it is sent twice', { traceparent: [traceparent, traceparent] }],
    ['it is sent twice, under names in different case', { traceparent, Traceparent: traceparent }],
    ['it is a list', { traceparent: `${traceparent},${traceparent}` }],
    ['its version is ff', { traceparent: `ff-${TRACE_ID}-${PARENT_ID}-01` }],
    ['its version is in upper case', { traceparent: `CC-${TRACE_ID}-${PARENT_ID}-01` }],
    ['its version is short', { traceparent: `0-${TRACE_ID}-${PARENT_ID}-01` }],
    ['its version is long', { traceparent: `000-${TRACE_ID}-${PARENT_ID}-01` }],
    ['it has a fifth field, but version 00', { traceparent: `${traceparent}-x` }],
    ['it has text after its flags', { traceparent: `${traceparent}.` }],
    ['it has text after its flags in a later version', { traceparent: `cc-${TRACE_ID}-${PARENT_ID}-01.x` }],
    ['it ends with a dash in version 00', { traceparent: `${traceparent}-` }],
    ['its trace id is zero', { traceparent: `00-${'0'.repeat(32)}-${PARENT_ID}-01` }],
    ['its trace id is in upper case', { traceparent: `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01` }],
    ['its trace id is short', { traceparent: `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01` }],
    ['its trace id is long', { traceparent: `00-${TRACE_ID}0-${PARENT_ID}-01` }],
    ['its parent id is zero', { traceparent: `00-${TRACE_ID}-${'0'.repeat(16)}-01` }],
    ['its parent id is not hexadecimal', { traceparent: `00-${TRACE_ID}-.${PARENT_ID.slice(1)}-01` }],
    ['its parent id is short', { traceparent: `00-${TRACE_ID}-${PARENT_ID.slice(1)}-01` }],
    ['its flags are not hexadecimal', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-0.` }],
    ['its flags are short', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-1` }],
    ['it has no flags', { traceparent: `00-${TRACE_ID}-${PARENT_ID}` }],
  ])('is replaced by a new one that is sampled if %s', (_, headers) => {
    const replaced = contextOf({ ...headers, tracestate: 'rojo=1' });
    expect(replaced).toEqual({ traceparent: expect.stringMatching(NEW) });
    expect(replaced.traceparent).not.toContain(TRACE_ID);
    expect(contextOf(headers).traceparent).not.toBe(replaced.traceparent);
  });
});

describe('the tracestate of a request', () => {
  const stateOf = (tracestate: string | string[]) => contextOf({ traceparent, tracestate }).tracestate;
  const members = (count: number, length: number) => Array.from({ length: count }, (_, i) => `k${i}=`.padEnd(length, 'x')).join(',');

  test.each([
    'rojo=00f067aa0ba902b7',
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'fw529a3039@dt=FfD',
    '0a_-*/@b=1',
    `${'k'.repeat(256)}=1`,
    `k=${'v'.repeat(256)}`,
    'k=  a value: !"#$%&\'()*+-./09:;<>?@AZ[\\]^_`az{|}~',
    members(32, 5),
    members(32, 5).replaceAll(',', '   ,'),
  ])('is kept if it is valid: %j', (value) => {
    expect(stateOf(value)).toBe(value.replace(/ +,/g, ','));
  });

  test.each([
    [['rojo=1', 'congo=2'], 'rojo=1,congo=2'],
    [['rojo=1,', '', ' congo=2'], 'rojo=1,congo=2'],
    [['rojo=1 \t , \tcongo=2\t,,'], 'rojo=1,congo=2'],
  ])('can be sent in several parts, with empty ones and white space: %j', (value, kept) => {
    expect(stateOf(value)).toBe(kept);
  });

  test('keeps the newest of several members of a system', () => {
    expect(stateOf('rojo=new,congo=2,rojo=old')).toBe('rojo=new,congo=2');
  });

  test.each([
    '', ' ', ',', ',\t,', 'rojo', 'rojo=', '=1', 'rojo=1=2', 'rojo =1', 'Rojo=1', '@rojo=1', '_rojo=1', 'ro.jo=1', 'rojo=a\tb', 'rojo=ä', 'rojo=\u007f',
    `${'k'.repeat(257)}=1`, `k=${'v'.repeat(257)}`, members(33, 5), 'rojo=1,Congo=2',
  ])('is left out if it is invalid or empty: %j', (value) => {
    expect(contextOf({ traceparent, tracestate: value })).toEqual({ traceparent });
  });

  test.each([
    ['if there are 512', `${members(7, 63)},k=`.padEnd(512, 'x'), (value: string) => value],
    ['but for the last member if there are 513', `${members(7, 63)},k=`.padEnd(513, 'x'), () => members(7, 63)],
    ['and leaves out the last ones if there are more', members(10, 63), () => members(8, 63)],
    ['and first leaves out long members', `${members(2, 63)},long=${'x'.repeat(124)},${members(8, 63).replaceAll('k', 'j')}`, () => `${members(2, 63)},${members(6, 63).replaceAll('k', 'j')}`],
    ['and leaves out all members if all are long', members(4, 130), () => undefined],
  ])('has at most 512 characters: keeps them %s', (_, value, kept) => {
    expect(stateOf(value)).toBe(kept(value));
  });

  test('keeps members of 128 characters longer than those of 129', () => {
    expect(stateOf(members(4, 128))).toBe(members(3, 128));
    expect(stateOf(members(4, 129))).toBeUndefined();
  });
});

describe('a request without a valid traceparent', () => {
  const X_RAY = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8';

  test.each([['1', '01'], ['0', '00']])('continues the trace of X-Ray with its decision, Sampled=%s', (sampled, flags) => {
    expect(contextOf({}, `${X_RAY};Sampled=${sampled}`, true)).toEqual({ traceparent: `00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-${flags}` });
  });

  test.each(['1', '0'])('is sampled if X-Ray does not trace the requests, so that processors can record spans: Sampled=%s', (sampled) => {
    expect(contextOf({}, `${X_RAY};Sampled=${sampled}`, false)).toEqual({ traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01' });
  });

  test('gets a new parent id if X-Ray has none', () => {
    expect(contextOf({}, 'Root=1-5759e988-bd862e3fe1be46a994272793').traceparent).toMatch(/^00-5759e988bd862e3fe1be46a994272793-[0-9a-f]{16}-01$/);
  });

  test('gets a new trace if that of X-Ray has no id', () => {
    expect(contextOf({}, 'Parent=53995c3f42cd8ad8;Sampled=1').traceparent).toMatch(NEW);
  });

  test('continues the trace of the invocation', () => {
    process.env._X_AMZN_TRACE_ID = `${X_RAY};Sampled=1`;
    try {
      expect(contextOf({}).traceparent).toBe('00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01');
      expect(contextOf({ traceparent }).traceparent).toBe(traceparent);
    } finally {
      delete process.env._X_AMZN_TRACE_ID;
    }
  });
});

describe('a trace context is valid', () => {
  const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const noise = fc.string({ unit: fc.constantFrom(...'0fFg- ,=;\t'), maxLength: 4 });
  const orZeros = (length: number) => fc.oneof(hex(length), fc.constant('0'.repeat(length)), noise);
  const almostTraceparent = fc.tuple(noise, fc.oneof(fc.constant('00'), hex(2), noise), orZeros(32), orZeros(16), fc.oneof(hex(2), noise), noise)
    .map(([before, version, traceId, parentId, flags, after]) => `${before}${version}-${traceId}-${parentId}-${flags}${after}`);
  const almostKey = fc.string({ unit: fc.constantFrom(...'aZ0@_-. '), maxLength: 300 });
  const almostMember = fc.tuple(almostKey, fc.string({ maxLength: 300 })).map(([key, value]) => `${key}=${value}`);
  const almostList = fc.array(fc.oneof(almostMember, fc.constantFrom('rojo=1', 'congo=2', '', ' ')), { maxLength: 40 });
  const almostTracestate = fc.oneof(fc.string(), almostList.map((members) => members.join(',')));
  const lines = <T>(line: fc.Arbitrary<T>) => fc.array(line, { maxLength: 3 });

  test('for any headers of the request', () => {
    const traceparents = lines(fc.oneof(almostTraceparent, fc.constant(traceparent), fc.string()));
    fc.assert(fc.property(
      traceparents, lines(almostTracestate), fc.option(fc.string(), { nil: undefined }), (sent, tracestates, xRayHeader) => {
        const context = contextOf({ traceparent: sent, tracestate: tracestates }, xRayHeader);
        expect(context.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/);
        // What goes out comes in unchanged.
        expect(contextOf(context as unknown as Headers)).toEqual(context);
        const members = context.tracestate?.split(',') ?? [];
        expect(members.join(',').length).toBeLessThanOrEqual(512);
        expect(tracestates.join(',').split(',').map((member) => member.trim())).toEqual(expect.arrayContaining(members));
      },
    ), PARAMETERS);
  });

  test('and is that of the request if its ids and flags are valid', () => {
    const later = fc.tuple(hex(2), fc.constantFrom('', '-', '-x')).filter(([version]) => version !== 'ff' && version !== '00');
    const versions = fc.oneof(fc.constant(['00', '']), later);
    fc.assert(fc.property(versions, hex(32), hex(16), hex(2), ([version, more], traceId, parentId, flags) => {
      fc.pre(/[^0]/.test(traceId) && /[^0]/.test(parentId));
      const { traceparent: kept } = contextOf({ traceparent: `${version}-${traceId}-${parentId}-${flags}${more}` });
      const isOdd = /[13579bdf]$/.test(flags);
      expect(kept).toBe(`00-${traceId}-${parentId}-${version === '00' ? flags : isOdd ? '01' : '00'}`);
    }), PARAMETERS);
  });
});
