import { parseDeadLetter, parseReport } from '../../../src/runtime/events/reports';
import { aMessage, anUndeliveredMessage, aTask, at, attributesOf, DEAD_LETTER_ATTRIBUTES, EVENT_SOURCE } from '../../support/builders';

const read = (detail: object, event: object = {}) => parseReport(aMessage(detail, event), EVENT_SOURCE);
const RUNNING = { taskId: 'id', status: 'RUNNING' };
const SUCCESSFUL = { taskId: 'id', status: 'SUCCESSFUL' };
const FAILED = { taskId: 'id', status: 'FAILED' };

describe('a report', () => {
  test.each([
    RUNNING,
    { ...RUNNING, sequence: 0, progress: { percent: 100, message: 'done' } },
    { ...RUNNING, sequence: -3, progress: {} },
    { ...RUNNING, heartbeatSeconds: 0 },
    { ...RUNNING, heartbeatSeconds: 1 },
    { ...RUNNING, heartbeatSeconds: 86_400 },
    { ...RUNNING, taskCreatedAt: at(0) },
    SUCCESSFUL,
    { ...SUCCESSFUL, result: null, taskCreatedAt: at(0) },
    { ...FAILED, error: { code: 'NoDisk', message: 'the disk is full' } },
    { ...FAILED, error: { code: 'NoDisk', message: 'the disk is full' }, taskCreatedAt: at(0) },
  ])('with the detail %j is parsed, and its task type comes from its source', (detail) => {
    expect(read(detail)).toEqual({ taskType: 'export', detail: detail, reportedAt: new Date(at(1)), unusable: [] });
  });

  test('can have unknown parts, as a newer processor may send them', () => {
    expect(read({ ...RUNNING, mood: 'good' })).toMatchObject({ detail: RUNNING, unusable: [] });
  });

  test.each([
    [{}, 'detail.taskId: expected "taskId"; detail.status: expected "status"'],
    [{ status: 'RUNNING' }, 'detail.taskId: expected "taskId"'],
    [{ taskId: 'id', status: 'CANCELLED' }, 'detail.status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ taskId: 'id', status: 'DONE' }, 'detail.status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ taskId: 'id', status: null }, 'detail.status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ taskId: null, status: 'RUNNING' }, 'detail.taskId: expected string'],
    [{ taskId: '', status: 'RUNNING' }, 'detail.taskId: expected !0'],
    [{ taskId: 'i'.repeat(129), status: 'RUNNING' }, 'detail.taskId: expected <=128'],
    [{ taskId: 'i\ud800', status: 'RUNNING' }, 'detail.taskId: expected'],
    [[], 'detail.taskId: expected "taskId"'],
    [undefined, 'detail: expected'],
  ])('with the detail %j, whose task or status is invalid, is refused with the reason', (detail, message) => {
    expect(() => parseReport(aMessage(detail), EVENT_SOURCE)).toThrow(`malformed event: ${message}`);
  });

  test.each([
    'somebody.else',
    EVENT_SOURCE,
    `${EVENT_SOURCE}x.processor.export`,
    `${EVENT_SOURCE}.processor.`,
    `${EVENT_SOURCE}.processor.a b`,
  ])('from the source %j is refused', (source) => {
    expect(() => read(RUNNING, { source })).toThrow(`malformed event: source: expected ${EVENT_SOURCE}.processor.<taskType>`);
  });

  test.each(['TaskRunningEvent', 'TaskCreatedEvent'])('is not a %s', (detailType) => {
    expect(() => read({ ...aTask(), ...RUNNING }, { 'detail-type': detailType })).toThrow('malformed event: detail-type: expected "TaskUpdatedEvent"');
  });

  test.each(['secret', '{"secret"', 'null', '"secret"'])('that is not an event is refused without quoting it: %s', (body) => {
    const reading = () => parseReport({ ...aMessage({}), body }, EVENT_SOURCE);
    expect(reading).toThrow('malformed event');
    expect(reading).not.toThrow('secret');
  });

  test.each([
    ['that are null', { sequence: null, progress: null, heartbeatSeconds: null, taskCreatedAt: null, error: null }],
    ['of RUNNING, even if they are invalid', { sequence: 1.5, progress: 3, heartbeatSeconds: 60 }],
  ])('of SUCCESSFUL ignores parts %s', (_, parts) => {
    expect(read({ ...SUCCESSFUL, result: 1, ...parts })).toMatchObject({ detail: { ...SUCCESSFUL, result: 1 }, unusable: [] });
    expect(read({ ...SUCCESSFUL, result: 1, ...parts }).detail).toEqual({ ...SUCCESSFUL, result: 1 });
  });

  test('of RUNNING accepts null for missing parts', () => {
    const parts = { sequence: null, progress: { percent: null, message: null }, heartbeatSeconds: null, taskCreatedAt: null };
    expect(read({ ...RUNNING, ...parts })).toMatchObject({ detail: { ...RUNNING, progress: {} }, unusable: [] });
  });

  test.each([
    [{ sequence: 1.5 }, ['sequence']],
    [{ sequence: '1' }, ['sequence']],
    [{ sequence: 2 ** 53 }, ['sequence']],
    [{ heartbeatSeconds: -1 }, ['heartbeatSeconds']],
    [{ heartbeatSeconds: 0.5 }, ['heartbeatSeconds']],
    [{ heartbeatSeconds: 86_401 }, ['heartbeatSeconds']],
    [{ heartbeatSeconds: '60' }, ['heartbeatSeconds']],
    [{ progress: 50 }, ['progress']],
    [{ progress: [] }, ['progress']],
    [{ progress: { percent: 101 } }, ['progress.percent']],
    [{ progress: { percent: -1, message: 3 } }, ['progress.percent', 'progress.message']],
    [{ progress: { percent: '50' } }, ['progress.percent']],
    [{ taskCreatedAt: 5 }, ['taskCreatedAt']],
    [{ taskCreatedAt: '1' }, ['taskCreatedAt']],
    [{ taskCreatedAt: '2026-99-99T00:00:00Z' }, ['taskCreatedAt']],
    [{ progress: false, sequence: {}, heartbeatSeconds: [] }, ['progress', 'sequence', 'heartbeatSeconds']],
  ])('of RUNNING leaves out invalid parts and names them: %j', (parts, unusable) => {
    expect(read({ ...RUNNING, ...parts })).toEqual({ taskType: 'export', detail: RUNNING, reportedAt: new Date(at(1)), unusable });
  });

  test('of RUNNING keeps the valid parts of its progress', () => {
    expect(read({ ...RUNNING, sequence: 1, progress: { percent: 101, message: 'done' } })).toMatchObject({
      detail: { ...RUNNING, sequence: 1, progress: { message: 'done' } }, unusable: ['progress.percent'],
    });
  });

  test('of RUNNING leaves out numbers that are too large', () => {
    const message = aMessage({ ...RUNNING, sequence: 'huge', progress: { percent: 'huge' } });
    const { detail, unusable } = parseReport({ ...message, body: message.body.replaceAll('"huge"', '1e400') }, EVENT_SOURCE);
    expect(detail).toEqual(RUNNING);
    expect(unusable).toEqual(['progress.percent', 'sequence']);
  });

  test.each([[5e-324, 0], [1e-101, 0], [-0, 0], [0.1, 0.1], [100, 100]])('of RUNNING with a percent of %d is stored with %d, which the table accepts', (percent, stored) => {
    const { detail } = read({ ...RUNNING, progress: { percent } });
    expect(detail).toMatchObject({ progress: { percent: stored + 0 } });
  });

  test.each([
    ['2026-11-23T10:00:00.000Z', at(0)],
    ['2026-11-23T10:00:00Z', at(0)],
    ['2026-11-23T11:00:00.000+01:00', at(0)],
    ['2026-11-23T10:00:00.000999Z', at(0)],
  ])('with taskCreatedAt %s has it converted to the format of tasks', (taskCreatedAt, time) => {
    expect(read({ ...SUCCESSFUL, taskCreatedAt }).detail).toEqual({ ...SUCCESSFUL, taskCreatedAt: time });
  });

  test.each([undefined, null, 5, 'yesterday'])('is parsed even if the time of its event is %j', (time) => {
    expect(read(SUCCESSFUL, { time })).toEqual({ taskType: 'export', detail: SUCCESSFUL, reportedAt: undefined, unusable: [] });
  });
});

describe('a reported error', () => {
  const errorOf = (error: unknown) => (read({ ...FAILED, error }).detail as { error: object }).error;
  const UNKNOWN = 'the processor reported no error message';

  test.each([
    ['the disk is full', { code: 'InvalidError', message: 'the disk is full' }],
    [{ code: 'NoDisk' }, { code: 'NoDisk', message: UNKNOWN }],
    [{ code: 'NoDisk', message: null }, { code: 'NoDisk', message: UNKNOWN }],
    [{ code: 'NoDisk', message: { text: 'full' } }, { code: 'NoDisk', message: UNKNOWN }],
    [{ code: 'NoDisk', message: '' }, { code: 'NoDisk', message: UNKNOWN }],
    [{ message: 'the disk is full' }, { code: 'InvalidError', message: 'the disk is full' }],
    [{ code: 507, message: 'the disk is full' }, { code: 'InvalidError', message: 'the disk is full' }],
    [{ code: '', message: 'the disk is full' }, { code: 'InvalidError', message: 'the disk is full' }],
    [{}, { code: 'InvalidError', message: UNKNOWN }],
    ['', { code: 'InvalidError', message: UNKNOWN }],
    [undefined, { code: 'InvalidError', message: UNKNOWN }],
    [null, { code: 'InvalidError', message: UNKNOWN }],
    [false, { code: 'InvalidError', message: UNKNOWN }],
    [42, { code: 'InvalidError', message: UNKNOWN }],
    [['NoDisk', 'the disk is full'], { code: 'InvalidError', message: UNKNOWN }],
  ])('of %j ends the task with a valid error', (error, expected) => {
    expect(errorOf(error)).toEqual(expected);
  });

  test.each<[string, object, object]>([
    ['characters', { code: 'c'.repeat(999), message: 'm'.repeat(9999) }, { code: 'c'.repeat(128), message: 'm'.repeat(4096) }],
    ['surrogate pairs', { code: '😀'.repeat(999), message: '😀'.repeat(9999) }, { code: '😀'.repeat(128), message: '😀'.repeat(4096) }],
    ['a surrogate pair at the limit', { code: `${'c'.repeat(127)}😀c`, message: `${'m'.repeat(4095)}😀m` }, { code: `${'c'.repeat(127)}😀`, message: `${'m'.repeat(4095)}😀` }],
    ['replaced halves of surrogate pairs', { code: 'a\ud800', message: '\udc00\ud800b' }, { code: 'a\ufffd', message: '\ufffd\ufffdb' }],
  ])('is cut to its maximum length, with %s', (_, error, expected) => {
    expect(errorOf(error)).toEqual(expected);
  });
});

describe('a reported result object', () => {
  const key = 'tasks/export/id/5f1d-a_b.csv';
  const report = (resultObject: unknown) => read({ ...SUCCESSFUL, result: 1, resultObject });

  test.each([
    { key },
    { key: `tasks/export/id/${'k'.repeat(128)}` },
    { key, contentType: 'text/csv; charset="utf-8"', fileName: 'März 😀.csv' },
  ])('%j is kept', (resultObject) => {
    expect(report(resultObject)).toMatchObject({ detail: { status: 'SUCCESSFUL', result: 1, resultObject }, unusable: [] });
  });

  test.each([null, undefined])('of %j counts as missing', (resultObject) => {
    expect(report(resultObject).detail).toEqual({ ...SUCCESSFUL, result: 1 });
  });

  test.each([
    {}, [], 5, 'tasks/export/id/5f1d', { key: 5 }, { key: '' }, { key: 'tasks/export/id/' }, { key: 'tasks/export/other/5f1d' },
    { key: 'tasks/report/id/5f1d' }, { key: 'tasks/export/id/..' }, { key: 'tasks/export/id/../x' }, { key: 'tasks/export/id/a/b' },
    { key: 'tasks/export/id/.' }, { key: `tasks/export/id/${'k'.repeat(129)}` }, { key: 'tasks/export/id/a b' }, { key: 'tasks/export/id/a\n' },
    { bucket: 'other', key: 'x' },
  ])('%j is not an object of the task, and fails it', (resultObject) => {
    expect(report(resultObject)).toMatchObject({
      detail: { status: 'FAILED', error: { code: 'InvalidResult', message: expect.stringContaining('resultObject.key must be tasks/export/id/ and a name') } },
      unusable: ['resultObject'],
    });
  });

  test.each([
    [{ contentType: 'csv' }, ['resultObject.contentType']],
    [{ contentType: 'text/csv\r\nX: y' }, ['resultObject.contentType']],
    [{ contentType: 5, fileName: 5 }, ['resultObject.contentType', 'resultObject.fileName']],
    [{ fileName: '' }, ['resultObject.fileName']],
    [{ contentType: null, fileName: null }, []],
  ])('with the invalid parts of %j is kept without them', (parts, unusable) => {
    expect(report({ key, ...parts })).toMatchObject({ detail: { status: 'SUCCESSFUL', resultObject: { key } }, unusable });
    expect(Object.keys((report({ key, ...parts }).detail as any).resultObject)).toEqual(['key']);
  });

  test('has its file name cut to 255 characters, and kept well-formed', () => {
    expect(report({ key, fileName: `${'f'.repeat(254)}😀😀` }).detail).toMatchObject({ resultObject: { fileName: `${'f'.repeat(254)}😀` } });
    expect(report({ key, fileName: 'a\ud800' }).detail).toMatchObject({ resultObject: { fileName: 'a\ufffd' } });
  });
});

test('the message of progress is cut to its maximum length between characters', () => {
  expect(read({ ...RUNNING, progress: { message: `\ud800${'m'.repeat(1022)}😀m` } }).detail).toMatchObject({
    progress: { message: `\ufffd${'m'.repeat(1022)}😀` },
  });
});

describe('a TaskCreatedEvent that EventBridge could not deliver', () => {
  const task = aTask({ type: 'report', payload: '"secret"' });
  const messageOf = (attributes: Record<string, string | undefined>) => {
    const { taskType, detail } = parseDeadLetter(anUndeliveredMessage(task, attributes), EVENT_SOURCE);
    expect(taskType).toBe('report');
    expect(detail).toEqual({
      taskId: task.taskId, taskCreatedAt: task.createdAt, status: 'FAILED', error: { code: 'DeliveryFailed', message: expect.any(String) },
    });
    return (detail as { error: { message: string } }).error.message;
  };

  test.each([
    [{}, 'NO_PERMISSIONS: Lack of permissions'],
    [{ ERROR_CODE: 'NO_RESOURCE', ERROR_MESSAGE: undefined }, 'NO_RESOURCE'],
    [{ EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '185' }, 'NO_PERMISSIONS: Lack of permissions'],
  ])('fails its task with the reason: %j', (attributes, message) => {
    expect(messageOf(attributes)).toBe(`EventBridge could not deliver the task to its processor: ${message}`);
  });

  test('has its reason cut to the maximum length between characters', () => {
    const before = 'EventBridge could not deliver the task to its processor: NO_PERMISSIONS: '.length;
    expect(messageOf({ ERROR_MESSAGE: `${'m'.repeat(4095 - before)}😀m` })).toMatch(/^EventBridge could not deliver the task .*m😀$/);
  });

  test.each(['RULE_ARN', 'TARGET_ARN', 'ERROR_CODE'])('is refused without %s, which EventBridge puts on each dead letter', (name) => {
    expect(() => parseDeadLetter(anUndeliveredMessage(task, { [name]: undefined }), EVENT_SOURCE)).toThrow(`not a dead letter of EventBridge: it has no ${name}`);
  });

  test.each([attributesOf({}), undefined])('is refused if a rule sent it to the queue', (messageAttributes) => {
    const message = { ...anUndeliveredMessage(task), messageAttributes: messageAttributes! };
    expect(() => parseDeadLetter(message, EVENT_SOURCE)).toThrow('not a dead letter of EventBridge: it has no RULE_ARN, TARGET_ARN, ERROR_CODE');
  });

  test('is not a report, even from the source of a processor', () => {
    for (const source of [EVENT_SOURCE, `${EVENT_SOURCE}.processor.report`]) {
      const report = { ...aMessage({ ...task, status: 'SUCCESSFUL' }, { source }), messageAttributes: attributesOf(DEAD_LETTER_ATTRIBUTES) };
      expect(() => parseDeadLetter(report, EVENT_SOURCE)).toThrow('malformed event: detail-type: expected "TaskCreatedEvent"');
    }
  });

  test.each(['somebody.else', `${EVENT_SOURCE}x`, `${EVENT_SOURCE}.processor.report`])('from %s, which is not this TaskManager, is refused', (source) => {
    expect(() => parseDeadLetter(anUndeliveredMessage(task, {}, { source }), EVENT_SOURCE)).toThrow(`malformed event: source: expected ${EVENT_SOURCE}`);
  });

  test.each([
    [{ type: 'report', createdAt: at(0) }, 'detail.taskId: expected "taskId"'],
    [{ taskId: 'id', createdAt: at(0) }, 'detail.type: expected "type"'],
    [{ taskId: 'id', type: 'report' }, 'detail.createdAt: expected "createdAt"'],
    [{ taskId: 'id', type: 'a b', createdAt: at(0) }, 'detail.type: expected /^[A-Za-z][A-Za-z0-9._-]{0,63}$/'],
    [{ taskId: 'i'.repeat(129), type: 'report', createdAt: at(0) }, 'detail.taskId: expected <=128'],
  ])('with the detail %j is refused', (detail, message) => {
    expect(() => parseDeadLetter(anUndeliveredMessage(task, {}, { detail }), EVENT_SOURCE)).toThrow(`malformed event: ${message}`);
  });
});
