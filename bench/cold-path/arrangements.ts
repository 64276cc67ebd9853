import { renameSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { buildSync, BuildOptions } from 'esbuild';
import { SDK_STUBS } from '../../projenrc/lambda-bundles';
import { bundleAsShipped, PROJECT } from '../shipped-bundles';

/** One way to build the functions. */
export interface Arrangement {
  readonly name: string;
  /** Makes the code of all functions it has, and gives their files by their names. */
  readonly build: (outdir: string) => Record<string, string>;
}

export const SHIPPED = 'as shipped';

const FUNCTIONS = ['api', 'status-publisher', 'status-updater'];

/** What esbuild takes for Node.js if it is told nothing: the packages' CommonJS. */
const DEFAULT_MAIN_FIELDS = '--main-fields=main,module';

/** With those parts of the SDK that others stand in for. */
const WHOLE_SDK = [
  ...SDK_STUBS.map((name) => `--alias:${name}=${name}`),
  '--define:ReadableStream=globalThis.ReadableStream',
];

/** The functions of this package, built in one way or another, and small ones that do the same in the way of many examples. */
export const ARRANGEMENTS: Arrangement[] = [
  { name: SHIPPED, build: (outdir) => ours(outdir) },
  { name: 'as shipped, as an ES module', build: asModule },
  { name: 'as shipped, not minified', build: (outdir) => ours(outdir, '--minify=false') },
  { name: 'as shipped, with a code cache of V8', build: withCodeCache },
  { name: 'with the whole SDK', build: (outdir) => ours(outdir, ...WHOLE_SDK) },
  { name: "esbuild's defaults", build: (outdir) => ours(outdir, ...WHOLE_SDK, DEFAULT_MAIN_FIELDS) },
  { name: 'SDK left to the runtime', build: (outdir) => ours(outdir, '--external:@aws-sdk/*') },
  { name: 'document client', build: (outdir) => small(outdir, 'document-client') },
  { name: 'document client and Powertools', build: (outdir) => small(outdir, 'powertools') },
  { name: 'as shipped, without the AWS SDK', build: withoutSdk },
  { name: 'an empty function', build: (outdir) => small(outdir, 'empty') },
];

function ours(outdir: string, ...options: string[]): Record<string, string> {
  bundleAsShipped(outdir, ...options);
  return Object.fromEntries(FUNCTIONS.map((name) => [name, path.join(outdir, `${name}.lambda`, 'index.js')]));
}

function asModule(outdir: string): Record<string, string> {
  // What the CommonJS among the dependencies, and our own code, expect to be there.
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;";
  const files = ours(outdir, '--format=esm', '--target=node20.11', `--banner:js=${banner}`);
  return mapValues(files, (file) => {
    const module = file.replace(/js$/, 'mjs');
    renameSync(file, module);
    return module;
  });
}

/** A small loader beside the code, and the result of compiling it. V8 takes that from its own version only, so it could not be shipped. */
function withCodeCache(outdir: string): Record<string, string> {
  const { outputFiles: [{ text }] } = buildSync({ ...NODE, entryPoints: [path.join(__dirname, 'code-cache.ts')], write: false });
  return mapValues(ours(outdir), (file) => {
    const loader = file.replace('index.js', 'loader.js');
    writeFileSync(loader, text);
    return loader;
  });
}

/** How fast it could be: a client of a page in the place of the SDK's. Only for the functions that call nothing but DynamoDB. */
function withoutSdk(outdir: string): Record<string, string> {
  const { 'api': api, 'status-updater': updater } = ours(outdir, '--alias:@aws-sdk/client-dynamodb=./bench/variants/thin-dynamodb.ts');
  return { 'api': api, 'status-updater': updater };
}

function small(outdir: string, variant: string): Record<string, string> {
  const outfile = path.join(outdir, 'index.js');
  buildSync({ ...NODE, entryPoints: [path.join(PROJECT, 'bench', 'variants', `${variant}.lambda.ts`)], outfile });
  return { api: outfile };
}

const NODE: BuildOptions & { write?: true } = { bundle: true, minify: true, platform: 'node', target: 'node20' };

function mapValues(files: Record<string, string>, map: (file: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, map(file)]));
}
