import { writeSections } from './documentation';
import { BenchOptions, benchOptions } from './options';
import { Findings, PARTS } from './parts';
import { writeCharts } from './report';
import { storedResult, storeResult } from './results';
import { EngineError } from '../local/engine/engine-error';
import { quietLibraries } from '../local/quiet-libraries';

async function main({ quick, stored, parts }: BenchOptions): Promise<void> {
  quietLibraries();
  for (const name of parts) {
    const { measure, present } = PARTS[name];
    const start = performance.now();
    let result: unknown;
    if (measure) {
      result = stored ? storedResult(name) : await measure(quick);
      if (result === undefined) continue;
      // After each part, so that a failure of the next one loses nothing.
      if (!stored) storeResult(name, quick, result);
    }
    write(await present(result));
    console.log(`\n${name} took ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
}

/** Prints the tables, and writes tables and charts to the page. */
function write({ tables, charts = {} }: Findings): void {
  for (const [name, text] of Object.entries(tables)) console.log(`\n${name}\n\n${text}`);
  writeSections(tables);
  writeCharts(charts);
}

main(benchOptions()).catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
