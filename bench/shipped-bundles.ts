import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

export const PROJECT = path.join(__dirname, '..');
const RUNTIME = 'src/runtime';

/**
 * Bundles all functions as the package ships them, into `<outdir>/<name>.lambda/index.js`. Uses the command line of `projen bundle`.
 * Further options override those.
 */
export function bundleAsShipped(outdir: string, ...options: string[]): void {
  execFileSync(path.join(PROJECT, 'node_modules', '.bin', 'esbuild'), [...shippedArguments(), `--outdir=${outdir}`, ...options], {
    cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Returns the command line, without the metafile, which describes the shipped bundles. */
function shippedArguments(): string[] {
  const { tasks } = JSON.parse(readFileSync(path.join(PROJECT, '.projen', 'tasks.json'), 'utf8'));
  const command: string = tasks.bundle.steps.map(({ exec }: { exec?: string }) => exec).find((exec?: string) => exec?.startsWith('esbuild '));
  const entries = readdirSync(path.join(PROJECT, RUNTIME)).filter((file) => file.endsWith('.lambda.ts')).map((file) => `${RUNTIME}/${file}`);
  const args = command.split(' ').slice(1).filter((argument) => !argument.startsWith('--metafile='));
  // No shell expands the pattern of the entry points.
  return args.flatMap((argument) => argument.includes('*') ? entries : argument);
}
