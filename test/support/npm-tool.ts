import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { command, PROJECT } from './command';

const LOCK = 'package-lock.json';

/**
 * Installs a tool of a command outside of the project's dependencies, once for each version of its lock file. Returns its folder.
 *
 * @param source the folder with its `package.json` and its lock file
 * @param name the name of its folder in `.tools`
 */
export async function installNpmTool(source: string, name: string): Promise<string> {
  const directory = path.join(PROJECT, '.tools', name);
  const isCurrent = contentOf(path.join(directory, LOCK)) === contentOf(path.join(source, LOCK));
  if (!isCurrent || !existsSync(path.join(directory, 'node_modules'))) {
    mkdirSync(directory, { recursive: true });
    for (const file of ['package.json', LOCK]) copyFileSync(path.join(source, file), path.join(directory, file));
    await command(directory, 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  }
  return directory;
}

function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
