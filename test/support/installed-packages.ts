import { mkdirSync, symlinkSync } from 'node:fs';
import * as path from 'node:path';
import { temporaryDirectory } from './temporary-directory';

const PROJECT = path.join(__dirname, '..', '..');
const PROCESSOR = 'cdk-task-manager-processor';

/** Makes a folder in which packages are installed. */
export function withPackages(...names: string[]): string {
  const folder = temporaryDirectory('processor');
  for (const name of names) {
    const target = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(name === PROCESSOR ? path.join(PROJECT, 'processor') : path.join(PROJECT, 'node_modules', name), target);
  }
  return folder;
}
