import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Metafile } from 'esbuild';

export const PROJECT = path.join(__dirname, '..');
const RUNTIME = 'src/runtime';

/**
 * Bundles all functions as the package ships them, into `<outdir>/<name>.lambda/index.js`: with the command line of `projen bundle`, and
 * further options behind it, of which esbuild takes the last.
 */
export function bundleAsShipped(outdir: string, ...options: string[]): Metafile {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-bench-'));
  const metafile = path.join(scratch, 'meta.json');
  try {
    execFileSync(path.join(PROJECT, 'node_modules', '.bin', 'esbuild'), [
      ...shippedArguments(), `--outdir=${outdir}`, `--metafile=${metafile}`, ...options,
    ], { cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(metafile, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function shippedArguments(): string[] {
  const { tasks } = JSON.parse(readFileSync(path.join(PROJECT, '.projen', 'tasks.json'), 'utf8'));
  const command: string = tasks.bundle.steps.map(({ exec }: { exec?: string }) => exec).find((exec?: string) => exec?.startsWith('esbuild '));
  const entries = readdirSync(path.join(PROJECT, RUNTIME)).filter((file) => file.endsWith('.lambda.ts')).map((file) => `${RUNTIME}/${file}`);
  // No shell is there to expand the pattern of the entries.
  return command.split(' ').slice(1).flatMap((argument) => argument.includes('*') ? entries : argument);
}
