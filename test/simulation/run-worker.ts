import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { build, PluginBuild } from 'esbuild';
import { Findings } from './property';

/** A change of the code under test. */
export interface Mutation {
  /** Below src/runtime. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const LIGHT_SDK = path.join(__dirname, 'light-sdk.ts');

/** Bundles the simulation with the code under test, as it is or changed. Throws when there is nothing to change. */
export async function bundleWorker(outfile: string, mutation?: Mutation): Promise<void> {
  await build({
    entryPoints: [path.join(__dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [{
      name: 'light-sdk',
      setup: ({ onResolve }) => onResolve({ filter: /^@aws-sdk[/]/ }, ({ importer }) => (importer === LIGHT_SDK ? undefined : { path: LIGHT_SDK })),
    }, ...(mutation ? [{
      name: 'mutation',
      setup: ({ onLoad }: PluginBuild) => onLoad({ filter: /[/\\]src[/\\]runtime[/\\]/ }, ({ path: file }) => {
        const source = readFileSync(file, 'utf8');
        if (path.basename(file) !== mutation.file) return { contents: source, loader: 'ts' };
        if (!source.includes(mutation.find)) throw new Error(`${mutation.file} has no '${mutation.find}' any more`);
        return { contents: source.replace(mutation.find, mutation.replace), loader: 'ts' };
      }),
    }] : [])],
  });
}

/** A world's garbage is collected at once, not copied about before. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];

/** Runs a bundled simulation in a process of its own. */
export async function runWorker(bundle: string, lives: number, seed: number, replay: string[] = []): Promise<Findings> {
  const parameters = [...NODE_OPTIONS, bundle, String(lives), String(seed), ...replay];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}
