import { clock } from '../../client/src/clock';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('calls the callback after the time, and not before', () => {
  const callback = jest.fn();
  clock.after(1000, callback);
  jest.advanceTimersByTime(999);
  expect(callback).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledTimes(1);
});

test('does not call the callback of a cleared timer', () => {
  const callback = jest.fn();
  clock.after(1000, callback)();
  expect(jest.getTimerCount()).toBe(0);
  jest.runAllTimers();
  expect(callback).not.toHaveBeenCalled();
});

test.each([2 ** 31, 1e15, Infinity])('does not fire a timer of %p milliseconds at once', (ms) => {
  const set = jest.spyOn(globalThis, 'setTimeout');
  clock.after(ms, () => {});
  expect(set).toHaveBeenCalledWith(expect.any(Function), 2 ** 31 - 1);
});

test('returns the time and random numbers', () => {
  jest.setSystemTime(5000);
  expect(clock.now()).toBe(5000);
  const chance = clock.random();
  expect(chance >= 0 && chance < 1).toBe(true);
});
