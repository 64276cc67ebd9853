import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { command, PROJECT } from './command';

/** Settings of users who want all errors that TypeScript can find, in the packages that they use, too. */
export const STRICT = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false };

const TSC = path.join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');

const BUNDLED = {
  noEmit: true,
  target: 'ES2022',
  lib: ['ES2022', 'DOM', 'DOM.Iterable'],
  types: [],
  module: 'esnext',
  moduleResolution: 'bundler',
};

/**
 * Compiles the TypeScript in a folder, as a strict project that uses a bundler.
 *
 * @param options replace the settings of the strict project
 * @throws EngineError with the errors of the compiler
 */
export async function compileTypeScript(folder: string, options: object = {}): Promise<void> {
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { ...STRICT, ...BUNDLED, ...options }, include: ['**/*.ts', '**/*.tsx'],
  }));
  await command(folder, process.execPath, TSC);
}
