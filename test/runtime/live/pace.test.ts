import { Pace } from '../../../src/runtime/live/pace';
import { OutOfTime } from '../../../src/runtime/support/time-budget';

/** Returns a pace whose clock stands still, and the times for which its calls slept. */
function aPace(perSecond: number, remainingMs = Infinity) {
  const slept: number[] = [];
  return { slept, pace: new Pace(perSecond, () => 0, async (ms) => slept.push(ms), () => remainingMs) };
}

test('calls start at a steady pace, however many come at once', async () => {
  const { pace, slept } = aPace(10);
  await Promise.all(Array.from({ length: 5 }, () => pace.run(async () => {})));
  expect(slept).toEqual([100, 200, 300, 400, 500]);
});

test('after a pause, there is no burst', async () => {
  let now = 0;
  const slept: number[] = [];
  const pace = new Pace(10, () => now, async (ms) => { slept.push(ms); }, () => Infinity);
  now = 10_000;
  await Promise.all([pace.run(async () => {}), pace.run(async () => {})]);
  expect(slept).toEqual([100]);
});

test('at most 50 calls are in flight, and one that fails makes room, too', async () => {
  const { pace } = aPace(1_000_000);
  let inFlight = 0;
  let most = 0;
  const call = async (i: number) => {
    most = Math.max(most, ++inFlight);
    await new Promise(setImmediate);
    inFlight--;
    if (i % 2 === 0) throw new Error('failed');
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => pace.run(() => call(i))));
  expect(most).toBe(50);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
});

test('the first call waits, because an environment before this one may have made a call a moment ago', async () => {
  const { pace, slept } = aPace(10);
  await pace.run(async () => {});
  expect(slept).toEqual([100]);
});

test('a call whose turn is too late fails at once, and takes no turn', async () => {
  const { pace, slept } = aPace(10, 250);
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => pace.run(async () => 'done')));
  expect(outcomes.map((outcome) => outcome.status === 'fulfilled' ? outcome.value : outcome.reason)).toEqual([
    'done', 'done', new OutOfTime(), new OutOfTime(),
  ]);
  expect(slept).toEqual([100, 200]);
});
