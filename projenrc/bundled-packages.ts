import { readFileSync } from 'node:fs';

/** The metafile, in which esbuild describes the bundles of the Lambda functions. */
export const METAFILE = 'reports/lambda-bundles.json';

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

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

/** Returns the packages in the bundles that the metafiles describe, sorted by name. */
export function bundledPackages(metafiles: string[]): BundledPackage[] {
  const outputs = metafiles.flatMap((metafile) => Object.entries((JSON.parse(readFileSync(metafile, 'utf8')) as Metafile).outputs));
  const bundles = new Map<string, Set<string>>();
  for (const [bundle, { inputs }] of outputs) {
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
