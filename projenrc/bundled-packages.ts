import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Metafile } from 'esbuild';

const PROJECT = path.join(__dirname, '..');

/** The metafiles, in which esbuild describes the bundles of the Lambda functions. The second one replaces a bundle of the first one. */
export const LAMBDA_METAFILES = ['reports/lambda-bundles.json', 'reports/api-bundle.json'];

/** The metafiles of the command-line interface and of its page. */
export const CLI_METAFILES = ['reports/cli-bundle.json', 'reports/cli-page.json'];

/** A package with code in our bundles. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
  readonly contributors?: { readonly name: string }[];
  /** Path of its installation, from the root of the project. */
  readonly directory: string;
  /** Bundles with code of it, such as `assets/<name>.lambda/index.js`. */
  readonly bundles: string[];
}

/** Returns the bundles that metafiles describe, by their paths. A later metafile replaces bundles of earlier ones. */
export function bundlesIn(metafiles: string[]): Metafile['outputs'] {
  const read = (metafile: string): Metafile => JSON.parse(readFileSync(path.join(PROJECT, metafile), 'utf8'));
  return Object.assign({}, ...metafiles.map((metafile) => read(metafile).outputs));
}

/** Returns the packages in the bundles that the metafiles describe, sorted by name. */
export function bundledPackages(metafiles: string[]): BundledPackage[] {
  const bundles = new Map<string, Set<string>>();
  for (const [bundle, { inputs }] of Object.entries(bundlesIn(metafiles))) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const directory = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (directory === undefined || bytesInOutput === 0) continue;
      bundles.set(directory, (bundles.get(directory) ?? new Set()).add(bundle));
    }
  }
  return [...bundles].map(([directory, names]) => {
    const { name, version, license, author, contributors } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
    return { name, version, license, author, contributors, directory, bundles: [...names].sort() };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}
