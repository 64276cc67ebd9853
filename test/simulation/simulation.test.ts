import * as path from 'node:path';
import { GUARDS } from './guards';
import { LIVE_GUARDS } from './live-guards';
import { LONG_WORK_GUARDS } from './long-work-guards';
import { bundleWorker, Mutation, runWorker } from './run-worker';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(180_000);

const SEED = 20261123;

async function simulate(lives: number, mutation?: Mutation, shares: { longShare?: number; liveShare?: number } = {}) {
  const bundle = path.join(temporaryDirectory('simulation'), 'worker.js');
  await bundleWorker(bundle, mutation);
  return runWorker(bundle, { ...shares, lives, seed: SEED, shrinks: false });
}

test('every accepted task ends once, and its end is published', async () => {
  expect(await simulate(3_000)).not.toHaveProperty('failure');
});

test('the same seed simulates the same lives', async () => {
  const [once, again] = [await simulate(300), await simulate(300)];
  expect(again).toEqual(once);
  expect(once.fingerprint).not.toBe(0);
});

describe('the simulation fails without the guard that', () => {
  test.concurrent.each(LONG_WORK_GUARDS)('%s', async (_, mutation) => {
    const { failure } = await simulate(20_000, mutation, { longShare: 0.5 });
    expect(failure).toContain('npm run simulate -- --seed');
  });

  test.concurrent.each(LIVE_GUARDS)('%s', async (_, mutation, finding) => {
    const { failure } = await simulate(20_000, mutation, { liveShare: 1 });
    expect(failure).toMatch(finding);
  });

  test.concurrent.each(GUARDS)('%s', async (_, mutation) => {
    const { failure } = await simulate(20_000, mutation);
    expect(failure).toContain('npm run simulate -- --seed');
  });
});
