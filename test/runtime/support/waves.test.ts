import { inWaves, WAVE } from '../../../src/runtime/support/waves';

/** Work that counts how much of it is going on, and ends in another turn of the event loop. */
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

test.each([0, 1, 3, 4, 9])('gives the results of %i items in their order', async (length) => {
  const { work } = countingWork();
  expect(await inWaves(numbers(length), work, 3)).toEqual(numbers(length).map((item) => item * 2));
});

test('works on no more items at once than the size of a wave', async () => {
  const { counts, work } = countingWork();
  await inWaves(numbers(100), work, 7);
  expect(counts.most).toBe(7);
});

test('has 25 items in a wave if nothing else is said', async () => {
  const { counts, work } = countingWork();
  await inWaves(numbers(60), work);
  expect(counts.most).toBe(25);
  expect(WAVE).toBe(25);
});

test('a failure is thrown, and no further wave starts', async () => {
  const { counts, work } = countingWork();
  await expect(inWaves(numbers(9), async (item) => {
    await work(item);
    if (item === 4) throw new Error('throttled');
  }, 3)).rejects.toThrow('throttled');
  expect(counts.started).toBe(6);
});
