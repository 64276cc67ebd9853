import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { Answer } from './answer';
import { HEADER } from '../../../src/protocol/wire';

const FILES = [
  { route: '', file: 'index.html', type: 'text/html' },
  { route: 'main.js', file: 'main.js', type: 'text/javascript' },
  { route: 'style.css', file: 'style.css', type: 'text/css' },
];

/** Reads the files of the page. Returns the answers by their paths. */
export async function readPage(directory: string): Promise<ReadonlyMap<string, Answer>> {
  return new Map(await Promise.all(FILES.map(async ({ route, file, type }): Promise<[string, Answer]> => [
    route, { status: 200, headers: { [HEADER.CONTENT_TYPE]: `${type}; charset=utf-8` }, body: await readFile(path.join(directory, file)) },
  ])));
}
