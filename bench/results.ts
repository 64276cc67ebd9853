import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import * as path from 'node:path';
import type { PartName } from './options';

const FILE = path.join(__dirname, 'results.json');

/** Result of a measured part. */
interface Stored {
  readonly measuredAt: string;
  readonly machine: string;
  readonly quick: boolean;
  readonly result: unknown;
}

type Results = Partial<Record<PartName, Stored>>;

/** Returns the stored result of a part. Undefined if there is none. */
export function storedResult(part: PartName): unknown {
  return read()[part]?.result;
}

export function storeResult(part: PartName, quick: boolean, result: unknown): void {
  const machine = `${cpus().length} × ${cpus()[0].model}, Node.js ${process.version}`;
  const results: Results = { ...read(), [part]: { measuredAt: new Date().toISOString(), machine, quick, result } };
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
}

function read(): Results {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
}
