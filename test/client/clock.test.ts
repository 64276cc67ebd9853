import { clock } from '../../client/src/clock';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('calls back after the time, and not before', () => {
  const callback = jest.fn();
  clock.after(1000, callback);
  jest.advanceTimersByTime(999);
  expect(callback).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledTimes(1);
});

test('forgets a timer that is taken back', () => {
  const callback = jest.fn();
  clock.after(1000, callback)();
  expect(jest.getTimerCount()).toBe(0);
  jest.runAllTimers();
  expect(callback).not.toHaveBeenCalled();
});

test.each([2 ** 31, 1e15, Infinity])('does not call back at once after %p milliseconds', (ms) => {
  const set = jest.spyOn(globalThis, 'setTimeout');
  clock.after(ms, () => {});
  expect(set).toHaveBeenCalledWith(expect.any(Function), 2 ** 31 - 1);
});

test('knows the time and makes chances', () => {
  jest.setSystemTime(5000);
  expect(clock.now()).toBe(5000);
  const chance = clock.random();
  expect(chance >= 0 && chance < 1).toBe(true);
});
