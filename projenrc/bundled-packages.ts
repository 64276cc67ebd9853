import { readFileSync } from 'node:fs';

/** The metafile, in which esbuild describes the bundles. */
export const METAFILE = 'reports/lambda-bundles.json';

/** A package with code in our Lambda functions. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
  readonly contributors?: { readonly name: string }[];
  /** Path of its installation, from the root of the project. */
  readonly directory: string;
  /** Bundles with code of it, `assets/<name>.lambda/index.js`. */
  readonly bundles: string[];
}

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

/** Returns the packages in the bundles of the last `bundle` task, sorted by name. */
export function bundledPackages(): BundledPackage[] {
  const { outputs } = JSON.parse(readFileSync(METAFILE, 'utf8')) as Metafile;
  const bundles = new Map<string, Set<string>>();
  for (const [bundle, { inputs }] of Object.entries(outputs)) {
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
