import * as fc from 'fast-check';
import { NO_FAULTS } from './invocation';
import { World, WorldOptions } from './world';

/** Probabilities of faults: most worlds have few, some none, and a few many. */
const rate = fc.constantFrom(0, 0.001, 0.01, 0.05);

const worlds: fc.Arbitrary<Omit<WorldOptions, 'longShare' | 'liveShare'>> = fc.record({
  seed: fc.integer({ min: 0 }),
  tasks: fc.integer({ min: 1, max: 1000 }),
  // In a third of the worlds, all tasks are created at the same time, and many are due at the same time.
  creationSeconds: fc.constantFrom(1, 300, 300),
  // In a third of the worlds, tasks are removed a minute after their end, and their keys are used again.
  retentionSeconds: fc.constantFrom(60, 7 * 24 * 3600, 7 * 24 * 3600),
  faults: fc.oneof(
    { weight: 1, arbitrary: fc.constant(NO_FAULTS) },
    {
      weight: 5,
      arbitrary: fc.record({
        crash: rate,
        throttle: rate,
        lostAnswer: rate,
        refusedEntry: fc.constantFrom(0, 0.01, 0.1, 0.4),
        duplicate: rate,
        heldBack: fc.constantFrom(0, 0.01, 0.1),
      }),
    },
  ),
});

export interface Findings {
  readonly lives: number;
  /** The same for the same lives, and almost certainly different for others. */
  readonly fingerprint: number;
  /** Describes the world that failed, and how to simulate it again. */
  readonly failure?: string;
}

export interface SimulationOptions {
  readonly lives: number;
  readonly seed: number;
  /** Share of tasks with long work, which take longer to simulate than others. Default: 0.03. */
  readonly longShare?: number;
  /** Share of worlds with live updates, which take longer to simulate than others. Default: 0.05. */
  readonly liveShare?: number;
  /** The one world to simulate again. */
  readonly path?: string;
  /** Whether a world that fails is reduced to the smallest one that fails. */
  readonly shrinks?: boolean;
}

/** Simulates worlds until they have had this many tasks, or until one fails. */
export async function simulate(options: SimulationOptions): Promise<Findings> {
  const { lives, seed, longShare = 0.03, liveShare = 0.05, path, shrinks = true } = options;
  let lived = 0;
  let fingerprint = 0;
  for (let round = 0; lived < lives; round++) {
    const details = await fc.check(fc.asyncProperty(worlds, async (world) => {
      if (lived >= lives) return;
      const { lives: more, chance } = await new World({ ...world, longShare, liveShare }).live();
      lived += more;
      fingerprint = (fingerprint * 31 + chance) % Number.MAX_SAFE_INTEGER;
    }), { seed: seed + round, numRuns: 20, endOnFailure: !shrinks, ...(path !== undefined && { path }) });
    if (details.failed) {
      const [world] = details.counterexample ?? [];
      return {
        lives: lived,
        fingerprint,
        failure: `${String(details.errorInstance)}\n  in the world ${JSON.stringify(world)}\n`
          + `  again: npm run simulate -- --seed ${seed + round} --long-share ${longShare} --live-share ${liveShare} --path ${details.counterexamplePath}`,
      };
    }
    if (path !== undefined) break;
  }
  return { lives: lived, fingerprint };
}
