import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { build, Plugin } from 'esbuild';
import { Findings, SimulationOptions } from './property';
import { wrapperDefinitions } from './wrappers';

/** A change to the code under test: to a function in any file, to a text, or to the definitions of the wrappers. */
export type Mutation = {
  /** `function`, or `Class.method`. */
  readonly of: string;
  /** The source of a function that takes the original and returns its replacement. */
  readonly by: string;
} | {
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
} | {
  /** The source of a function that changes the states of a wrapper. */
  readonly wrapper: string;
};

type CodeMutation = Exclude<Mutation, { readonly wrapper: string }>;

const LIGHT_SDK = path.join(__dirname, 'light-sdk.ts');

const lightSdk: Plugin = {
  name: 'light-sdk',
  setup: ({ onResolve }) => onResolve({ filter: /^@aws-sdk[/]/ }, ({ importer }) => (importer === LIGHT_SDK ? undefined : { path: LIGHT_SDK })),
};

function mutating(mutation: CodeMutation): Plugin {
  return {
    name: 'mutation',
    setup({ onLoad, onEnd }) {
      let mutants = 0;
      onLoad({ filter: /[/\\](src[/\\](runtime|protocol)|processor[/\\]src)[/\\]|[/\\]client[/\\]src[/\\]live\.ts$|[/\\]live-client\.ts$/ }, ({ path: file }) => {
        const source = readFileSync(file, 'utf8');
        const contents = mutantOf(source, path.basename(file), mutation);
        if (contents !== source) mutants++;
        return { contents, loader: 'ts' };
      });
      onEnd(() => {
        if (mutants !== 1) throw new Error(`expected one place to mutate, found ${mutants}: ${JSON.stringify(mutation)}`);
      });
    },
  };
}

/** Returns the mutated source, or the source itself if it has nothing to mutate. */
function mutantOf(source: string, file: string, mutation: CodeMutation): string {
  if ('find' in mutation) return file === mutation.file ? source.replace(mutation.find, mutation.replace) : source;
  const [name, method] = mutation.of.split('.');
  const declaration = method === undefined ? `function ${name}\\b` : `class ${name}\\b[^]*^  (private |public )?(async )?${method}[(<]`;
  const target = method === undefined ? name : `${name}.prototype.${method}`;
  return new RegExp(`^(export )?(async )?${declaration}`, 'm').test(source) ? `${source}\n${target} = (${mutation.by})(${target});` : source;
}

let wrappers: string | undefined;

/** Returns the definitions of the wrappers, changed if the mutation is about them. */
function wrappersWith(mutation: Mutation | undefined): object {
  wrappers ??= JSON.stringify(wrapperDefinitions());
  const definitions = JSON.parse(wrappers);
  if (!mutation || !('wrapper' in mutation)) return definitions;
  const change = new Function(`return ${mutation.wrapper};`)();
  for (const { States } of Object.values<{ States: object }>(definitions)) change(States);
  if (JSON.stringify(definitions) === wrappers) throw new Error(`the mutation changes no wrapper: ${mutation.wrapper}`);
  return definitions;
}

/** Bundles the simulation with the code under test, mutated if asked to. Throws if there is not exactly one place to mutate. */
export async function bundleWorker(outfile: string, mutation?: Mutation): Promise<void> {
  await build({
    entryPoints: [path.join(__dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    define: { WRAPPERS: JSON.stringify(wrappersWith(mutation)) },
    plugins: [lightSdk, ...(mutation && !('wrapper' in mutation) ? [mutating(mutation)] : [])],
  });
}

/** With a large semi-space, the garbage of a world is collected without being copied first. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];

/** Runs a bundled simulation in its own process. */
export async function runWorker(bundle: string, options: SimulationOptions): Promise<Findings> {
  const parameters = [...NODE_OPTIONS, bundle, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}
