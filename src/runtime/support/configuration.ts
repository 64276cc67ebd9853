import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { ENVIRONMENT } from '../../protocol/environment';

/** Returns an environment variable that the constructs set. Throws if it is missing. */
export function environmentVariable(name: keyof typeof ENVIRONMENT): string {
  const value = optionalEnvironmentVariable(name);
  if (value === undefined) throw new Error(`environment variable ${ENVIRONMENT[name]} is not set`);
  return value;
}

/** Returns an environment variable that is a number. Throws if it is missing. */
export function environmentNumber(name: keyof typeof ENVIRONMENT): number {
  return Number(environmentVariable(name));
}

/** Returns an environment variable that the constructs set only if it is needed. */
export function optionalEnvironmentVariable(name: keyof typeof ENVIRONMENT): string | undefined {
  return process.env[ENVIRONMENT[name]] || undefined;
}

/** Returns what a JSON file next to the code of a function has; undefined if there is no such file. */
export function fileBesideCode<T>(directory: string, name: string): T | undefined {
  const file = path.join(directory, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
