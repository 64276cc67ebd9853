import { stripVTControlCharacters } from 'node:util';
import { CommandError, EXIT_CODE, UsageError } from '../../cli/src/errors';
import { failureCode, failureText } from '../../cli/src/failure';
import { hasColours } from '../../cli/src/output/colours';
import { LiveLines, progressBar } from '../../cli/src/output/progress';
import { exitCodeOf, taskTable, taskText } from '../../cli/src/output/tasks';
import { cut, jsonText, printable, table, widthOf } from '../../cli/src/output/text';
import { Task, TaskApiError, TaskConnectionError, TaskStatus } from '../../client/src';
import { aTask } from '../support/api-server';

// eslint-disable-next-line no-control-regex
const stripColours = (text: string) => text.replace(/\u001b\[\d+m/g, '');

describe('text of others', () => {
  test('has no character that moves the cursor or turns the direction', () => {
    expect(printable('a\u001b[2Jb\nc\u009b31md\u202ee')).toBe('a·[2Jb·c·31md·e');
  });

  test('is escaped in JSON, which stays the same value', () => {
    const value = { message: 'a\u001b[2J\u009b31m\u202e ü 日本' };
    const text = jsonText(value);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

test('columns are as wide as their longest cell, and colours have no width', () => {
  expect(table(['A', 'B'], [['\u001b[31mlong\u001b[39m', 'x'], ['s', 'y']])).toBe('A     B\n\u001b[31mlong\u001b[39m  x\ns     y');
});

test('columns are as wide as a terminal draws their characters', () => {
  expect(['日本', '🎉', '✔', 'e\u0301', '한', 'ｆ', '\u001b[31mx\u001b[39m'].map(widthOf)).toEqual([4, 2, 1, 1, 2, 2, 1]);
  expect(table(['A', 'B'], [['日本', 'x'], ['abc', 'y']])).toBe('A     B\n日本  x\nabc   y');
  expect(cut('ab日本', 5)).toBe('ab日');
  expect(cut('🎉🎉', 3)).toBe('🎉');
  expect(cut('\u001b[31mab\u001b[39m', 2)).toBe('\u001b[31mab\u001b[39m');
});

describe('colours', () => {
  const ambient = { ...process.env };
  beforeEach(() => ['NO_COLOR', 'FORCE_COLOR'].forEach((name) => delete process.env[name]));
  afterEach(() => {
    process.env = { ...ambient };
  });
  const terminal = { isTTY: true, hasColors: () => true } as unknown as NodeJS.WriteStream;

  test('are for terminals, also where programs are built and tested', () => {
    process.env.CI = 'true';
    expect([terminal, {} as NodeJS.WriteStream].map(hasColours)).toEqual([true, false]);
    expect(hasColours({ ...terminal, hasColors: () => false } as NodeJS.WriteStream)).toBe(false);
  });

  test.each([
    [{ NO_COLOR: '1' }, false], [{ FORCE_COLOR: '1' }, true], [{ FORCE_COLOR: '0' }, false], [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('%j', (environment, expected) => {
    Object.assign(process.env, environment);
    expect([terminal, {} as NodeJS.WriteStream].map(hasColours)).toEqual([expected, expected]);
  });
});

describe('a task', () => {
  test('has no text of the API that a terminal could take for commands', () => {
    const evil = 'x\u001b[2J\u0007\n';
    const texts = ['taskId', 'type', 'status', 'createdAt', 'updatedAt', 'deadlineAt', 'payload', 'result', 'resultUrl', 'resultUrlExpiresAt'];
    const parts = { history: [{ status: evil, at: evil }], error: { code: evil, message: evil } };
    const task = { ...Object.fromEntries(texts.map((name) => [name, evil])), ...parts } as unknown as Task;
    // eslint-disable-next-line no-control-regex
    for (const text of [taskText(task), taskTable([task])]) expect(stripColours(text)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(taskTable([task]).split('\n')).toHaveLength(2);
    expect(exitCodeOf(aTask({ status: 'constructor' as TaskStatus }))).toBe(0);
    expect(taskTable([aTask({ status: 'constructor' as TaskStatus })])).toContain('? constructor');
  });

  test('has an exit code that says how it ended', () => {
    const statuses = ['PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELLED'] as const;
    expect(statuses.map((status) => exitCodeOf(aTask({ status })))).toEqual([0, 0, 0, 3, 4]);
  });

  test('is a line of a table, with its progress or its error', () => {
    const lines = stripVTControlCharacters(taskTable([
      aTask({ status: 'RUNNING', progress: { percent: 49.6, message: 'half\nway' } }),
      aTask({ status: 'FAILED', error: { code: 'Jam', message: 'paper\u001b[2J jam' } }),
    ])).split('\n');
    expect(lines[0]).toMatch(/^TASK +TYPE +STATUS +CREATED +TOOK$/);
    expect(lines[1]).toMatch(/◐ RUNNING .* 50 % {2}half·way$/);
    expect(lines[2]).toMatch(/✖ FAILED .* Jam: paper·\[2J jam$/);
  });

  test('is shown with its history, and how long each status took', () => {
    const text = stripVTControlCharacters(taskText(aTask({
      status: 'SUCCESSFUL',
      result: { rows: 3 },
      resultUrl: 'https://bucket.example/x',
      resultUrlExpiresAt: '2026-01-01T00:15:00.000Z',
      history: [
        { status: 'PENDING', at: '2026-01-01T00:00:00.000Z' },
        { status: 'RUNNING', at: '2026-01-01T00:00:02.000Z' },
        { status: 'SUCCESSFUL', at: '2026-01-01T00:01:02.000Z' },
      ],
    })));
    expect(text).toContain('2026-01-01T00:00:02.000Z  RUNNING after 2.0 s\n');
    expect(text).toContain('SUCCESSFUL after 1 min');
    expect(text).toContain('result    {\n            "rows": 3\n          }');
    expect(text).toContain('download  https://bucket.example/x\n          until 2026-01-01T00:15:00.000Z');
    expect(text).not.toContain('deadline');
  });
});

describe('progress', () => {
  test.each([[0, 0], [50, 15], [100, 30], [-3, 0], [140, 30]])('a bar of %d percent is filled by %d of 30', (percent, filled) => {
    expect(progressBar(percent).replace(/[^█]/g, '')).toHaveLength(filled);
  });

  function terminal(isTTY: boolean) {
    const written: string[] = [];
    const output = { isTTY, columns: 20, rows: 3, write: (text: string) => written.push(text) };
    return { written, output: output as unknown as NodeJS.WriteStream };
  }

  test('lines are drawn over each other on a terminal, and cut to its width', () => {
    const { written, output } = terminal(true);
    const lines = new LiveLines(output);
    lines.set('a', 'one');
    lines.set('b', 'two');
    lines.set('a', '\u001b[31mthree is much too long for this\u001b[39m');
    lines.set('b', 'two');
    expect(written).toEqual([
      '\u001b[2Kone\n',
      '\u001b[1A\u001b[2Kone\n\u001b[2Ktwo\n',
      '\u001b[2A\u001b[2Kthree is much too l\n\u001b[2Ktwo\n',
    ]);
  });

  test('each change is a line if there are more lines than the terminal has', () => {
    const { written, output } = terminal(true);
    const lines = new LiveLines(Object.assign(output, { rows: 3 }));
    for (const key of ['a', 'b', 'c']) lines.set(key, key);
    Object.assign(output, { rows: 100 });
    lines.set('a', 'new');
    expect(written.slice(2)).toEqual(['c\n', 'new\n']);
  });

  test('each change is a line if the output is not a terminal', () => {
    const { written, output } = terminal(false);
    const lines = new LiveLines(output);
    lines.set('a', 'one');
    lines.set('a', 'one');
    lines.set('a', 'two');
    expect(written).toEqual(['one\n', 'two\n']);
  });
});

describe('a failure', () => {
  test('of the API says each invalid part, and what can help', () => {
    const body = JSON.stringify({ detail: 'the body is not a valid task', errors: [{ detail: 'must be a string', pointer: '#/type' }, { detail: 'odd' }] });
    expect(stripVTControlCharacters(failureText(new TaskApiError(400, body)))).toBe(
      'error: the API answered 400: the body is not a valid task\n  #/type: must be a string\n  odd');
    expect(failureText(new TaskApiError(404, '{}', 'task-1'))).toContain('belongs to somebody else');
  });

  test('to authorize is not a failure to connect', () => {
    const cause = new CommandError('there are no usable AWS credentials: expired');
    expect(stripVTControlCharacters(failureText(new TaskConnectionError('the API could not be reached', { cause })))).toBe(`error: ${cause.message}`);
  });

  test('to connect says why', () => {
    const cause = new TypeError('fetch failed', { cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) });
    expect(stripVTControlCharacters(failureText(new TaskConnectionError('the API could not be reached', { cause }))))
      .toBe('error: the API could not be reached\n  ECONNREFUSED');
    expect(stripVTControlCharacters(failureText(new TaskConnectionError('a time-out', {})))).toBe('error: a time-out');
  });

  test('hints at the URL if what answers is not the API', () => {
    expect(failureText(new TaskApiError(301, ''))).toContain('the URL may be wrong');
    expect(failureText(new TaskApiError(200, '<html>'))).toContain('the URL may be wrong');
    expect(failureText(new TaskApiError(404, '{"message":"Not Found"}'))).toContain('The URL may be wrong.');
  });

  test('of something else has its name', () => {
    expect(stripVTControlCharacters(failureText(new RangeError('too far')))).toBe('error: RangeError: too far');
    expect(stripVTControlCharacters(failureText('text'))).toBe('error: text');
  });

  test('has an exit code', () => {
    expect([new UsageError('x'), new CommandError('x'), new Error('x')].map(failureCode))
      .toEqual([EXIT_CODE.USAGE, EXIT_CODE.FAILED_REQUEST, EXIT_CODE.FAILED_REQUEST]);
  });
});
