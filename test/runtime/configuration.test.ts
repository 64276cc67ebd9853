import './environment';
import { environmentNumber, environmentVariable } from '../../src/runtime/configuration';

test('reads a variable', () => {
  expect(environmentVariable('TABLE_NAME')).toBe('TaskStatus');
});

test('reads a number', () => {
  expect(environmentNumber('RETENTION_SECONDS')).toBe(604_800);
});

test.each([environmentVariable, environmentNumber])('throws when a variable is missing', (read) => {
  const { TASK_TIMEOUT_SECONDS } = process.env;
  delete process.env.TASK_TIMEOUT_SECONDS;
  expect(() => read('TASK_TIMEOUT_SECONDS')).toThrow('environment variable TASK_TIMEOUT_SECONDS is not set');
  process.env.TASK_TIMEOUT_SECONDS = TASK_TIMEOUT_SECONDS;
});
