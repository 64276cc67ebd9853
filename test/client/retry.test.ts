import * as fc from 'fast-check';
import { backoffMs, isTransient, pollDelayMs, retryAfterMs } from '../../client/src/retry';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const FIVE_MINUTES = 5 * 60_000;

describe('Retry-After', () => {
  test.each([
    ['1', 1000],
    [' 30 ', 30_000],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7000],
    ['86400', FIVE_MINUTES],
    ['9'.repeat(400), FIVE_MINUTES],
    ['Fri, 01 Jan 2027 00:00:00 GMT', FIVE_MINUTES],
  ])('is read from %p', (value, ms) => {
    expect(retryAfterMs(value, NOW)).toBe(ms);
  });

  test.each([
    null, '', 'soon', '-5', '1.5', '1e3', '0x10', 'retry 5', 'Infinity', '5, 10', '0',
    'Wed, 31 Dec 2025 23:59:59 GMT', 'Thu, 01 Jan 2026 00:00:00 GMT', 'Thu, 99 Foo 2026 00:00:07 GMT', '2027-01-01T00:00:00Z',
  ])('is ignored when it is %p', (value) => {
    expect(retryAfterMs(value, NOW)).toBeUndefined();
  });

  test('is always a delay that a timer accepts', () => {
    const values = fc.oneof(fc.string(), fc.integer().map(String), fc.date().map((date) => date.toUTCString()));
    fc.assert(fc.property(values, fc.integer(), (value, now) => {
      const ms = retryAfterMs(value, now);
      expect(ms === undefined || (ms > 0 && ms <= FIVE_MINUTES)).toBe(true);
    }));
  });

  test('gives the same delay as a date and as seconds', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 4_000_000_000 }), (seconds, nowSeconds) => {
      const now = nowSeconds * 1000;
      expect(retryAfterMs(new Date(now + seconds * 1000).toUTCString(), now)).toBe(retryAfterMs(String(seconds), now));
    }));
  });
});

describe('backoff', () => {
  const failures = fc.integer({ min: 1, max: 10_000 });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const asked = fc.option(fc.integer({ min: 1, max: FIVE_MINUTES }), { nil: undefined });

  test('is never shorter than the server asked for, nor more than 30 seconds longer', () => {
    fc.assert(fc.property(failures, random, asked, (count, chance, serverAskedMs) => {
      const extra = backoffMs(count, chance, serverAskedMs) - (serverAskedMs ?? 0);
      expect(extra >= 0 && extra <= 30_000).toBe(true);
    }));
  });

  test('grows with the number of failures and, from 0, with the random number', () => {
    fc.assert(fc.property(failures, random, random, (count, chance, otherChance) => {
      expect(backoffMs(count + 1, chance)).toBeGreaterThanOrEqual(backoffMs(count, chance));
      expect(backoffMs(count, 0)).toBe(0);
      expect(Math.sign(backoffMs(count, chance) - backoffMs(count, otherChance))).toBe(Math.sign(chance - otherChance));
    }));
  });

  test('doubles, starting with half a second', () => {
    expect([1, 2, 3, 4].map((count) => backoffMs(count, 1))).toEqual([500, 1000, 2000, 4000]);
  });
});

test('polls without Retry-After become rarer, down to one every 30 seconds', () => {
  expect([0, 1, 10, 35, 36, 100_000].map((polls) => Math.round(pollDelayMs(polls)))).toEqual([1000, 1100, 2594, 28_102, 30_000, 30_000]);
});

test.each([200, 304, 408, 429, 500, 502, 503, 504])('%i is transient', (status) => expect(isTransient(status)).toBe(true));
test.each([400, 401, 403, 404, 409, 413, 415, 422])('%i is not transient', (status) => expect(isTransient(status)).toBe(false));
