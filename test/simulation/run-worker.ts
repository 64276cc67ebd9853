import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { build, Plugin } from 'esbuild';
import { Findings, SimulationOptions } from './property';

/** A change of the code under test: of a function, wherever it is, or of a text. */
export type Mutation = {
  /** `function`, or `Class.method`. */
  readonly of: string;
  /** The source of a function that takes the original and returns its replacement. */
  readonly by: string;
} | {
  /** Without its folder. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

const LIGHT_SDK = path.join(__dirname, 'light-sdk.ts');

const lightSdk: Plugin = {
  name: 'light-sdk',
  setup: ({ onResolve }) => onResolve({ filter: /^@aws-sdk[/]/ }, ({ importer }) => (importer === LIGHT_SDK ? undefined : { path: LIGHT_SDK })),
};

function mutating(mutation: Mutation): Plugin {
  return {
    name: 'mutation',
    setup({ onLoad, onEnd }) {
      let mutants = 0;
      onLoad({ filter: /[/\\]src[/\\]runtime[/\\]/ }, ({ path: file }) => {
        const source = readFileSync(file, 'utf8');
        const contents = mutantOf(source, path.basename(file), mutation);
        if (contents !== source) mutants++;
        return { contents, loader: 'ts' };
      });
      onEnd(() => {
        if (mutants !== 1) throw new Error(`expected one place to change, found ${mutants}: ${JSON.stringify(mutation)}`);
      });
    },
  };
}

/** The source itself where there is nothing to change. */
function mutantOf(source: string, file: string, mutation: Mutation): string {
  if ('find' in mutation) return file === mutation.file ? source.replace(mutation.find, mutation.replace) : source;
  const [name, method] = mutation.of.split('.');
  const declaration = method === undefined ? `function ${name}\\b` : `class ${name}\\b[^]*^  (private |public )?(async )?${method}[(<]`;
  const target = method === undefined ? name : `${name}.prototype.${method}`;
  return new RegExp(`^(export )?(async )?${declaration}`, 'm').test(source) ? `${source}\n${target} = (${mutation.by})(${target});` : source;
}

/** Bundles the simulation with the code under test, as it is or changed. Throws when there is nothing to change. */
export async function bundleWorker(outfile: string, mutation?: Mutation): Promise<void> {
  await build({
    entryPoints: [path.join(__dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [lightSdk, ...(mutation ? [mutating(mutation)] : [])],
  });
}

/** A world's garbage is collected at once, not copied about before. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];

/** Runs a bundled simulation in a process of its own. */
export async function runWorker(bundle: string, options: SimulationOptions): Promise<Findings> {
  const parameters = [...NODE_OPTIONS, bundle, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}
