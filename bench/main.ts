import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import * as path from 'node:path';
import { measureBundles } from './bundles';
import { Chart } from './chart';
import { measureColdPath } from './cold-path';
import { writeSections } from './documentation';
import { measureEndToEnd } from './end-to-end';
import { measureLive } from './live';
import { BenchOptions, benchOptions, Part } from './options';
import { measureProcessors } from './processors';
import {
  bundleTables, coldChart, coldTables, costChart, countTables, endToEndCharts, endToEndTables, liveTables, processorTables, sweepTables,
  synthesisTables, uploadTables, warmTables, writeCharts,
} from './report';
import { measureSweeps, QUICK_SWEEPS, SWEEPS } from './sweep';
import { whyNoLimit } from './sweep/cpu-limit';
import { measureSynthesis } from './synthesis';
import { measureUploads } from './uploads';
import { measureWarmPath } from './warm-path';
import { EngineError } from '../local/engine/engine-error';

const RESULTS = path.join(__dirname, 'results.json');

/** Outcome of a part: numbers for bench/results.json, tables and charts for the page. */
interface Finding {
  readonly result?: unknown;
  readonly tables: Record<string, string>;
  readonly charts?: Record<string, Chart>;
}

const MEASURE: Record<Part, (quick: boolean) => Promise<Finding>> = {
  'bundles': async () => {
    const result = measureBundles();
    return { result, tables: bundleTables(result) };
  },
  'counts': async () => ({ tables: await countTables(), charts: { cost: await costChart() } }),
  'synthesis': async (quick) => {
    const result = measureSynthesis(quick ? 5 : 21);
    return { result, tables: synthesisTables(result) };
  },
  'cold': async (quick) => {
    const result = await measureColdPath(quick ? 3 : 31);
    return { result, tables: coldTables(result), charts: { 'cold-path': coldChart(result) } };
  },
  'warm': async (quick) => {
    const result = await measureWarmPath(quick ? 1_000 : 10_000);
    return { result, tables: warmTables(result) };
  },
  'processors': async (quick) => {
    const result = await measureProcessors(quick ? 3 : 31, quick ? 1_000 : 10_000);
    return { result, tables: processorTables(result) };
  },
  'uploads': async (quick) => {
    const result = await measureUploads(quick ? [1, 100] : [1, 100, 1024]);
    return { result, tables: uploadTables(result) };
  },
  'sweep': async (quick) => {
    const obstacle = whyNoLimit();
    if (obstacle !== undefined) {
      console.log(`\nskipping sweep: ${obstacle}`);
      return { tables: {} };
    }
    const result = await measureSweeps(quick ? QUICK_SWEEPS : SWEEPS);
    return { result, tables: sweepTables(result) };
  },
  'end-to-end': async (quick) => {
    const loads = quick
      ? [{ concurrency: 1, tasks: 10 }, { concurrency: 20, tasks: 40 }]
      : [
        { concurrency: 1, tasks: 100 },
        { concurrency: 20, tasks: 400 },
        { concurrency: 50, tasks: 500 },
        { concurrency: 200, tasks: 1_000 },
      ];
    const result = await measureEndToEnd(loads, quick ? [100, 1_000] : [100, 1_000, 10_000]);
    return { result, tables: endToEndTables(result), charts: endToEndCharts(result) };
  },
  'live': async (quick) => {
    const result = await measureLive(quick ? { tasks: 5, reports: 4, pauseSeconds: 3 } : { tasks: 20, reports: 12, pauseSeconds: 5 });
    return { result, tables: liveTables(result) };
  },
};

async function main({ quick, parts }: BenchOptions): Promise<void> {
  // Hides warnings of libraries.
  Object.assign(process.env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', JSII_DEPRECATED: 'quiet', CDK_VALIDATION: 'false' });
  const results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
  for (const part of parts) {
    const start = performance.now();
    const { result, tables, charts = {} } = await MEASURE[part](quick);
    for (const [name, text] of Object.entries(tables)) console.log(`\n${name}\n\n${text}`);
    console.log(`\n${part} took ${((performance.now() - start) / 1000).toFixed(0)} s`);
    if (result !== undefined) results[part] = { measuredAt: new Date().toISOString(), machine: machine(), quick, result };
    // After each part, so that a failure of the next one loses nothing.
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    writeSections(tables);
    writeCharts(charts);
  }
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0].model}, Node.js ${process.version}`;
}

main(benchOptions()).catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
