import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

export type Templates = Record<string, unknown>;

/** Returns the templates of a synthesized app, by their file names. */
export function readTemplates(assembly: string): Templates {
  const files = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(files.map((file) => [file, JSON.parse(readFileSync(path.join(assembly, file), 'utf8'))]));
}

/** Returns the differences between two values: a line for each, with the path and both values. */
export function differences(one: unknown, other: unknown, at = ''): string[] {
  if (isContainer(one) && isContainer(other) && Array.isArray(one) === Array.isArray(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => differences(one[key], other[key], `${at}/${key}`));
  }
  return one === other ? [] : [`${at}: ${shown(one)} ≠ ${shown(other)}`];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const SHOWN_LENGTH = 120;

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > SHOWN_LENGTH ? `${json.slice(0, SHOWN_LENGTH)}…` : json;
}
