import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { SDK_STUBS } from '../../projenrc/lambda-bundles';
import { bundleAsShipped, bundleWithSdkClient, PROJECT } from '../shipped-bundles';

/** One way to build the functions. */
export interface Arrangement {
  readonly name: string;
  /** Builds the functions. Returns their files by the names of the functions. */
  readonly build: (outdir: string) => Record<string, string>;
}

export const SHIPPED = 'as shipped';
export const WITH_SDK_CLIENT = 'with the client of the AWS SDK';
export const EMPTY = 'an empty function';

const FUNCTIONS = ['api', 'status-publisher', 'status-updater'];

/** esbuild without options: it prefers the CommonJS of packages, and replaces no part of the SDK. */
const DEFAULTS = [
  '--main-fields=main,module',
  ...Object.keys(SDK_STUBS).map((name) => `--alias:${name}=${name}`),
  '--define:ReadableStream=globalThis.ReadableStream',
];

/** The functions of this package, and small functions that do the same in the way of many examples. */
export const ARRANGEMENTS: Arrangement[] = [
  { name: SHIPPED, build: shipped },
  { name: WITH_SDK_CLIENT, build: (outdir) => ({ api: withSdkClient(outdir).api }) },
  { name: "esbuild's defaults", build: (outdir) => withSdkClient(outdir, ...DEFAULTS) },
  { name: 'SDK of the Lambda runtime', build: (outdir) => withSdkClient(outdir, '--external:@aws-sdk/*') },
  { name: 'document client', build: (outdir) => small(outdir, 'document-client') },
  { name: 'document client and Powertools', build: (outdir) => small(outdir, 'powertools') },
  { name: EMPTY, build: (outdir) => small(outdir, 'empty') },
];

function shipped(outdir: string): Record<string, string> {
  bundleAsShipped(outdir);
  return files(outdir);
}

function withSdkClient(outdir: string, ...options: string[]): Record<string, string> {
  bundleWithSdkClient(outdir, ...options);
  return files(outdir);
}

function files(outdir: string): Record<string, string> {
  return Object.fromEntries(FUNCTIONS.map((name) => [name, path.join(outdir, `${name}.lambda`, 'index.js')]));
}

function small(outdir: string, variant: string): Record<string, string> {
  const outfile = path.join(outdir, 'index.js');
  const entry = path.join(PROJECT, 'bench', 'variants', `${variant}.lambda.ts`);
  buildSync({ entryPoints: [entry], bundle: true, minify: true, platform: 'node', target: 'node20', outfile });
  return { api: outfile };
}
