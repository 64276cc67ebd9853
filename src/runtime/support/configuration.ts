import { ENVIRONMENT } from '../../protocol/environment';

/** Reads a variable that the constructs set. Throws when it is missing: the function can't do anything without it. */
export function environmentVariable(name: keyof typeof ENVIRONMENT): string {
  const value = optionalEnvironmentVariable(name);
  if (value === undefined) throw new Error(`environment variable ${ENVIRONMENT[name]} is not set`);
  return value;
}

/** Reads a variable that is a number. */
export function environmentNumber(name: keyof typeof ENVIRONMENT): number {
  return Number(environmentVariable(name));
}

/** Reads a variable that the constructs set only where there is something to say. */
export function optionalEnvironmentVariable(name: keyof typeof ENVIRONMENT): string | undefined {
  return process.env[ENVIRONMENT[name]] || undefined;
}
