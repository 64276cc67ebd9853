import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundlesIn, CLI_METAFILES } from '../../projenrc/bundled-packages';

const PROJECT = path.join(__dirname, '..', '..');
const read = (file: string) => readFileSync(path.join(PROJECT, file));
const manifest = JSON.parse(read('cli/package.json').toString());

const [program, page] = CLI_METAFILES.map((metafile) => {
  if (!existsSync(path.join(PROJECT, metafile))) throw new Error(`${metafile} is missing: run npm run bundle:cli`);
  return bundlesIn([metafile]);
});

/** Returns the sources in the files that Node.js loads with a file. */
function loadedWith(file: string): string[] {
  const files = new Set([file]);
  for (const loaded of files) {
    for (const imported of program[loaded].imports) {
      if (imported.kind === 'import-statement' && !imported.external) files.add(imported.path);
    }
  }
  return [...files].flatMap((loaded) => Object.keys(program[loaded].inputs));
}

const packagesOf = (sources: string[]) => new Set(sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []));

test('has no dependencies, and imports nothing but modules of Node.js', () => {
  const imports = [program, page].flatMap((outputs) => Object.values(outputs).flatMap((output) => output.imports));
  expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
  expect(imports.filter((imported) => imported.external && !isBuiltin(imported.path) && !imported.path.startsWith('data:'))).toEqual([]);
});

test('starts without code of the AWS SDK', () => {
  const packages = packagesOf(loadedWith('cli/dist/main.mjs'));
  expect(packages).toContain('commander');
  expect([...packages].filter((name) => /^@(aws-sdk|smithy|aws-crypto)\//.test(name))).toEqual([]);
});

test('has a page of at most 60 KiB, gzipped', () => {
  const sizes = ['index.html', 'main.js', 'style.css'].map((file) => gzipSync(read(`cli/dist/page/${file}`)).byteLength);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60 * 1024);
});

test('has the licences of all bundled packages', () => {
  const packages = packagesOf([program, page].flatMap((outputs) => Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([source]) => source))));
  const licensed = new Set(read('cli/THIRD-PARTY-LICENSES').toString().match(/(?<=^-{80}\n)\S+/gm));
  expect(licensed).toEqual(packages);
});
