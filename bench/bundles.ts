import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { PROJECT } from './shipped-bundles';
import { bundlesIn, LAMBDA_METAFILES } from '../projenrc/bundled-packages';

/** Maximum size of a gzipped bundle. */
export const BUDGET_KIB = 120;

/** The same for the API's function, for which people wait. */
export const API_BUDGET_KIB = 45;

export interface Bundle {
  readonly name: string;
  readonly minifiedKib: number;
  readonly gzippedKib: number;
  /** KiB of the minified code by its origin, the largest first. */
  readonly contents: Record<string, number>;
}

/** Returns the sizes of the bundles of the last `projen bundle`. */
export function measureBundles(): Bundle[] {
  return Object.entries(bundlesIn(LAMBDA_METAFILES)).map(([file, output]) => {
    const code = readFileSync(path.join(PROJECT, file));
    return {
      name: path.basename(path.dirname(file), '.lambda'),
      minifiedKib: kib(code.length),
      gzippedKib: kib(gzipSync(code, { level: 9 }).length),
      contents: contentsOf(output),
    };
  });
}

function contentsOf({ inputs }: Metafile['outputs'][string]): Record<string, number> {
  const bytes = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const group = groupOf(file);
    bytes.set(group, (bytes.get(group) ?? 0) + bytesInOutput);
  }
  const sorted = [...bytes].filter(([, size]) => size > 0).sort(([, a], [, b]) => b - a);
  return Object.fromEntries(sorted.map(([group, size]) => [group, kib(size)]));
}

/** Returns the origin of a file. Of the dozens of packages of the SDK, only its clients are listed by name. */
function groupOf(file: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (name === undefined) return 'our own code';
  if (name.startsWith('@aws-sdk/client-')) return name;
  if (name.startsWith('@smithy/')) return 'the rest of @smithy';
  return /^@aws(-sdk)?\//.test(name) ? 'the rest of @aws-sdk' : name;
}

function kib(bytes: number): number {
  return Math.round(bytes / 102.4) / 10;
}
