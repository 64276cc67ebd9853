import { randomInt } from 'node:crypto';
import { commandLine } from '../../local/command-line';

export interface FuzzOptions {
  /** How many test cases Schemathesis makes at most for an operation, in each of its phases. */
  readonly maxExamples: number;
  readonly seed: number;
}

const USAGE = `usage: npm run fuzz -- [--max-examples <number>] [--seed <number>]

Sends requests by the thousand, sensible and not, to TaskManagers on this machine, and holds the answers against the OpenAPI document.

  --max-examples <number>  make at most that many requests for an operation, in each phase (default: 100)
  --seed <number>          make the same requests again (default: others each time)`;

const MAX_SEED = 2 ** 32;

/** Reads the command line; ends the program, with a message, when there is something wrong with it. */
export function fuzzOptions(): FuzzOptions {
  return commandLine(USAGE, { 'max-examples': { type: 'string', default: '100' }, 'seed': { type: 'string' } }, (values) => {
    return {
      maxExamples: wholeNumber('max-examples', values['max-examples'], 1, 100_000),
      seed: values.seed === undefined ? randomInt(MAX_SEED) : wholeNumber('seed', values.seed, 0, MAX_SEED - 1),
    };
  });
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) {
    throw new Error(`--${name} must be a whole number from ${min} to ${max}, got '${text}'`);
  }
  return number;
}
