import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directories: string[] = [];

afterAll(() => directories.splice(0).forEach((directory) => rmSync(directory, { recursive: true, force: true })));

/** Creates a directory. It is removed after the tests of the file. */
export function temporaryDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `cdk-task-manager-test-${name}-`));
  directories.push(directory);
  return directory;
}
