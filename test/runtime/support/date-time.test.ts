import { dateOf } from '../../../src/runtime/support/date-time';

test.each([
  ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000Z'],
  ['2026-11-23T10:00:00.123456789Z', '2026-11-23T10:00:00.123Z'],
  ['2026-11-23T10:00:00-01:30', '2026-11-23T11:30:00.000Z'],
])('%s is a time', (text, time) => {
  expect(dateOf(text)?.toISOString()).toBe(time);
});

test.each([undefined, null, 1, '1', '2026', '2026-11-23', '2026-11-23 10:00:00Z', '2026-13-23T10:00:00Z', new Date()])('%p is no time', (value) => {
  expect(dateOf(value)).toBeUndefined();
});
