import { Pace } from '../../../src/runtime/live/pace';

/** Returns a pace whose clock stands still, and the times for which its calls slept. */
function aPace(perSecond: number) {
  const slept: number[] = [];
  return { slept, pace: new Pace(perSecond, () => 0, async (ms) => slept.push(ms)) };
}

test('calls start at a steady pace, however many come at once', async () => {
  const { pace, slept } = aPace(10);
  await Promise.all(Array.from({ length: 5 }, () => pace.run(async () => {})));
  expect(slept).toEqual([100, 200, 300, 400]);
});

test('after a pause, there is no burst', async () => {
  let now = 0;
  const slept: number[] = [];
  const pace = new Pace(10, () => now, async (ms) => { slept.push(ms); });
  await pace.run(async () => {});
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
