import '../../support/environment';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { environmentNumber, environmentVariable, fileBesideCode, optionalEnvironmentVariable } from '../../../src/runtime/support/configuration';
import { temporaryDirectory } from '../../support/temporary-directory';

test('environmentVariable returns a variable', () => {
  expect(environmentVariable('TABLE_NAME')).toBe('TaskStatus');
});

test('environmentNumber returns a number', () => {
  expect(environmentNumber('RETENTION_SECONDS')).toBe(604_800);
});

describe.each([undefined, ''])('if a variable is %j,', (value) => {
  const { TASK_TIMEOUT_SECONDS } = process.env;

  beforeEach(() => {
    if (value === undefined) delete process.env.TASK_TIMEOUT_SECONDS;
    else process.env.TASK_TIMEOUT_SECONDS = value;
  });
  afterEach(() => { process.env.TASK_TIMEOUT_SECONDS = TASK_TIMEOUT_SECONDS; });

  test.each([environmentVariable, environmentNumber])('%p throws', (read) => {
    expect(() => read('TASK_TIMEOUT_SECONDS')).toThrow('environment variable TASK_TIMEOUT_SECONDS is not set');
  });

  test('optionalEnvironmentVariable returns undefined', () => {
    expect(optionalEnvironmentVariable('TASK_TIMEOUT_SECONDS')).toBeUndefined();
  });
});

test('optionalEnvironmentVariable returns a variable that is set', () => {
  expect(optionalEnvironmentVariable('OWNER')).toBe('header:X-Owner');
});

test('fileBesideCode returns what a file has, and undefined if there is none', () => {
  const directory = temporaryDirectory('code');
  writeFileSync(path.join(directory, 'types.json'), '["export"]');
  expect(fileBesideCode(directory, 'types.json')).toEqual(['export']);
  expect(fileBesideCode(directory, 'other.json')).toBeUndefined();
});
