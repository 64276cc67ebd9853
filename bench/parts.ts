import { measureBundles } from './bundles';
import { Chart } from './chart';
import { measureColdPath } from './cold-path';
import { measureEndToEnd } from './end-to-end';
import { measureLive } from './live';
import type { PartName } from './options';
import { measureProcessors } from './processors';
import {
  bundleTables, coldChart, coldTables, costChart, countTables, endToEndCharts, endToEndTables, liveTables, processorTables, sweepTables,
  synthesisTables, uploadTables, warmTables,
} from './report';
import { measureSweeps, QUICK_SWEEPS, SWEEPS } from './sweep';
import { whyNoLimit } from './sweep/cpu-limit';
import { measureSynthesis } from './synthesis';
import { measureUploads } from './uploads';
import { measureWarmPath } from './warm-path';

/** Tables and charts for the page, by their names. */
export interface Findings {
  readonly tables: Record<string, string>;
  readonly charts?: Record<string, Chart>;
}

/** A part of the benchmark. */
export interface Part {
  /** Measures it. Returns undefined if this machine can't. Absent if all findings follow from the code. */
  readonly measure?: (quick: boolean) => Promise<unknown>;
  /** Makes tables and charts of a result, which can come from bench/results.json. */
  readonly present: (result: any) => Findings | Promise<Findings>;
}

export const PARTS: Record<PartName, Part> = {
  'bundles': {
    measure: async () => measureBundles(),
    present: (result) => ({ tables: bundleTables(result) }),
  },
  'counts': {
    present: async () => ({ tables: await countTables(), charts: { cost: await costChart() } }),
  },
  'synthesis': {
    measure: async (quick) => measureSynthesis(quick ? 5 : 21),
    present: (result) => ({ tables: synthesisTables(result) }),
  },
  'cold': {
    measure: (quick) => measureColdPath(quick ? 3 : 31),
    present: (result) => ({ tables: coldTables(result), charts: { 'cold-path': coldChart(result) } }),
  },
  'warm': {
    measure: (quick) => measureWarmPath(quick ? { rounds: 1, calls: 500 } : { rounds: 5, calls: 4_000 }),
    present: (result) => ({ tables: warmTables(result) }),
  },
  'processors': {
    measure: (quick) => measureProcessors(quick ? 3 : 31, quick ? 1_000 : 10_000),
    present: (result) => ({ tables: processorTables(result) }),
  },
  'uploads': {
    measure: (quick) => measureUploads(quick ? [1, 100] : [1, 100, 1024]),
    present: (result) => ({ tables: uploadTables(result) }),
  },
  'sweep': {
    measure: async (quick) => {
      const obstacle = whyNoLimit();
      if (obstacle === undefined) return measureSweeps(quick ? QUICK_SWEEPS : SWEEPS);
      console.log(`\nskipping sweep: ${obstacle}`);
      return undefined;
    },
    present: (result) => ({ tables: sweepTables(result) }),
  },
  'end-to-end': {
    measure: (quick) => {
      const loads = quick
        ? [{ concurrency: 1, tasks: 10 }, { concurrency: 20, tasks: 40 }]
        : [
          { concurrency: 1, tasks: 100 },
          { concurrency: 20, tasks: 400 },
          { concurrency: 50, tasks: 500 },
          { concurrency: 200, tasks: 1_000 },
        ];
      return measureEndToEnd(loads, quick ? [100, 1_000] : [100, 1_000, 10_000]);
    },
    present: (result) => ({ tables: endToEndTables(result), charts: endToEndCharts(result) }),
  },
  'live': {
    measure: (quick) => measureLive(quick ? { tasks: 5, reports: 4, pauseSeconds: 3 } : { tasks: 20, reports: 12, pauseSeconds: 5 }),
    present: (result) => ({ tables: liveTables(result) }),
  },
};
