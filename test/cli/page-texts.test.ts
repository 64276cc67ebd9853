import { commandLine, createWords, listWords } from '../../cli/page/command';
import { formatPointer, parsePointer } from '../../cli/page/json-pointer';
import { AGES } from '../../cli/page/routes';
import { articleOf } from '../../cli/page/runbook';
import { exactTime, relativeTime } from '../../cli/page/time';
import { timeline } from '../../cli/page/timeline';
import { virtualRange } from '../../cli/page/virtual-range';
import { age } from '../../cli/src/commands/options';
import { duration } from '../../cli/src/duration';
import { ERROR_CODE } from '../../src/protocol/wire';

const CONNECTION = { command: ['npx', 'cdk-task-manager-cli'], arguments: ['--stack', 'Orders'] };
const NOW = Date.parse('2026-11-23T10:00:00.000Z');

test.each([
  [0, '0 ms'], [849.6, '850 ms'], [1000, '1.0 s'], [9999, '9.9 s'], [10_000, '10 s'], [59_999, '59 s'], [60_000, '1 min'], [125_000, '2 min 5 s'],
  [3_600_000, '1 h'], [90 * 60_000, '1 h 30 min'], [26 * 3_600_000, '1 d 2 h'], [-5, '0 ms'],
])('a duration of %s ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, 'just now'], [4, 'just now'], [-4, 'just now'], [5, '5 s ago'], [119, '1 min ago'], [7200, '2 h ago'], [3 * 86_400, '3 d ago'], [-900, 'in 15 min'],
])('a time %s seconds ago is %s', (seconds, text) => {
  expect(relativeTime(new Date(NOW - seconds * 1000).toISOString(), NOW)).toBe(text);
});

test('a text that is no time is shown as it is', () => {
  expect(relativeTime('soon', NOW)).toBe('soon');
  expect(exactTime('soon')).toBe('soon');
  expect(exactTime('2026-11-23T10:00:00.000Z')).toMatch(/2026.* \(2026-11-23T10:00:00\.000Z\)$/);
});

test('the timeline has the events of a task with their versions, and what lies between them', () => {
  const history = [
    { status: 'PENDING', at: '2026-11-23T09:59:00.000Z' }, { status: 'RUNNING', at: '2026-11-23T09:59:02.000Z' }, { status: 'FAILED', at: '2026-11-23T09:59:12.500Z' },
  ] as const;
  expect(timeline({ history }, '"7.1234"', NOW)).toEqual([
    { ...history[0], eventType: 'TaskCreatedEvent', version: 1, then: { verb: 'waited', ms: 2000 } },
    { ...history[1], eventType: 'TaskRunningEvent', version: 2, then: { verb: 'ran', ms: 10_500 } },
    { ...history[2], eventType: 'TaskFailedEvent', version: 7 },
  ]);
});

test('a task that goes on has no version of its end, and its duration grows', () => {
  const pending = { status: 'PENDING', at: '2026-11-23T09:59:00.000Z' } as const;
  expect(timeline({ history: [pending] }, '"1"', NOW)[0].then).toEqual({ verb: 'waiting', ms: 60_000 });
  const running = { status: 'RUNNING', at: '2026-11-23T09:59:30.000Z' } as const;
  expect(timeline({ history: [pending, running] }, '"5"', NOW)[1]).toMatchObject({ version: 2, then: { verb: 'running', ms: 30_000 } });
});

test('the version of an end is unknown without an ETag', () => {
  const history = [{ status: 'PENDING', at: '2026-11-23T09:59:00.000Z' }, { status: 'CANCELLED', at: '2026-11-23T09:59:30.000Z' }] as const;
  expect(timeline({ history }, undefined, NOW)[1]).toEqual({ ...history[1], eventType: 'TaskCancelledEvent', version: undefined });
});

test('commands have the arguments of the connection, and quotes where a shell needs them', () => {
  expect(commandLine(CONNECTION, ...listWords({ status: ['FAILED', 'RUNNING'], type: 'export', age: '1h' })))
    .toBe('npx cdk-task-manager-cli list --status FAILED --status RUNNING --type export --age 1h --stack Orders');
  expect(commandLine(CONNECTION, ...createWords('export', { name: "Ada's" }, 60)))
    .toBe("npx cdk-task-manager-cli create export --payload '{\"name\":\"Ada'\\''s\"}' --timeout 60 --stack Orders");
  expect(createWords('export', undefined)).toEqual(['create', 'export']);
});

test('the command line parses the ages of the list', () => {
  expect(Object.keys(AGES).map(age)).toEqual(Object.values(AGES).map((minutes) => minutes * 60_000));
});

test.each([
  ['', []], ['#/payload/a~1b~0%C3%BC', ['payload', 'a/b~ü']], ['/payload/0', ['payload', '0']], ['#/100%', ['100%']],
])('the JSON pointer %s is parsed', (pointer, path) => {
  expect(parsePointer(pointer)).toEqual(path);
});

test('a JSON pointer is formatted as it was parsed', () => {
  expect(formatPointer(['payload', 'a/b~c', 0])).toBe('/payload/a~1b~0c/0');
  expect(parsePointer(formatPointer(['a/b~1']))).toEqual(['a/b~1']);
});

test('all error codes of the project have an article, and those of processors have none', () => {
  expect(Object.values(ERROR_CODE).filter((code) => !articleOf(code))).toEqual([]);
  expect(articleOf('TaskTimeout')).toMatch(/runbook\.md#tasks-fail-with-tasktimeout$/);
  expect(articleOf('SmtpRefused')).toBeUndefined();
});

test('only rows in sight and some around them are rendered', () => {
  expect(virtualRange(0, 500, 50, 10_000)).toEqual({ start: 0, end: 18 });
  expect(virtualRange(5025, 500, 50, 10_000)).toEqual({ start: 92, end: 119 });
  expect(virtualRange(499_500, 500, 50, 10_000)).toEqual({ start: 9982, end: 10_000 });
  expect(virtualRange(0, 500, 50, 0)).toEqual({ start: 0, end: 0 });
});
