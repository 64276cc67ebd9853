import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

export const PROJECT = path.join(__dirname, '..', '..');
const DIST = path.join(PROJECT, 'dist');
export const { version: VERSION } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));

/**
 * Returns the path of a file or folder in `dist`.
 *
 * @throws Error if it is missing
 */
export function packageFile(...name: string[]): string {
  const file = path.join(DIST, ...name);
  if (!existsSync(file)) throw new Error(`dist/${name.join('/')} is missing: run npm run package-all, and package:cli, package:client and package:processor first`);
  return file;
}

export function filesOfTarball(tarball: Buffer): string[] {
  const files = execFileSync('tar', ['-tz'], { input: tarball, encoding: 'utf8' }).trim().split('\n');
  return files.map((file) => file.replace(/^package\//, '')).sort();
}

/** Returns the files of a wheel or a jar, which are zip archives. */
export function filesOfArchive(archive: string): string[] {
  const list = 'import json, sys, zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))';
  const files: string[] = JSON.parse(execFileSync('python3', ['-c', list, archive], { encoding: 'utf8' }));
  return files.filter((file) => !file.endsWith('/')).sort();
}

export function contentOfArchive(archive: string, file: string): Buffer {
  const read = 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))';
  return execFileSync('python3', ['-c', read, archive, file], { maxBuffer: 2 ** 26 });
}

export function wheel(): string {
  return packageFile('python', `cdk_task_manager-${VERSION}-py3-none-any.whl`);
}

/** Returns the path of the jar with the classes, or of another jar such as `sources`. */
export function jar(classifier?: 'javadoc' | 'sources'): string {
  const name = ['cdk-task-manager', VERSION, classifier].filter(Boolean).join('-');
  return packageFile('java', 'io', 'github', 'cdktaskmanager', 'cdk-task-manager', VERSION, `${name}.jar`);
}
