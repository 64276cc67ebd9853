import * as path from 'node:path';
import { bundleWorker, Mutation, runWorker } from './run-worker';
import { temporaryDirectory } from '../support/temporary-directory';

const SEED = 20261123;

/** Simulates lives with the code as it is, or with a change of it, for a test. */
export async function simulate(lives: number, mutation?: Mutation, shares: { longShare?: number; liveShare?: number } = {}) {
  const bundle = path.join(temporaryDirectory('simulation'), 'worker.js');
  await bundleWorker(bundle, mutation);
  return runWorker(bundle, { ...shares, lives, seed: SEED, shrinks: false });
}
