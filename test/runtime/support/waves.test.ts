import { inWaves, WAVE } from '../../../src/runtime/support/waves';

/** Work that counts how many items are in progress, and ends in a later turn of the event loop. */
function countingWork() {
  const counts = { running: 0, most: 0, started: 0 };
  const work = async (item: number) => {
    counts.started++;
    counts.most = Math.max(counts.most, ++counts.running);
    await new Promise(setImmediate);
    counts.running--;
    return item * 2;
  };
  return { counts, work };
}

const numbers = (length: number) => Array.from({ length }, (_, i) => i);

test.each([0, 1, 3, 4, 9])('inWaves returns the results of %i items in order', async (length) => {
  const { work } = countingWork();
  expect(await inWaves(numbers(length), work, 3)).toEqual(numbers(length).map((item) => item * 2));
});

test('inWaves works on at most one wave of items at a time', async () => {
  const { counts, work } = countingWork();
  await inWaves(numbers(100), work, 7);
  expect(counts.most).toBe(7);
});

test('inWaves has 25 items in a wave by default', async () => {
  const { counts, work } = countingWork();
  await inWaves(numbers(60), work);
  expect(counts.most).toBe(25);
  expect(WAVE).toBe(25);
});

test('inWaves throws a failure, and starts no further wave', async () => {
  const { counts, work } = countingWork();
  await expect(inWaves(numbers(9), async (item) => {
    await work(item);
    if (item === 4) throw new Error('throttled');
  }, 3)).rejects.toThrow('throttled');
  expect(counts.started).toBe(6);
});
