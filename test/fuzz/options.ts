import { randomInt } from 'node:crypto';
import { commandLine, oneOf } from '../../local/command-line';
import { ENDPOINT_KINDS } from '../../local/endpoint-kinds';

/** Kinds of endpoints that can be fuzzed. */
export const FUZZED_KINDS = [...ENDPOINT_KINDS, 'resource'] as const;
export type FuzzedKind = typeof FUZZED_KINDS[number];

export interface FuzzOptions {
  /** Where the API is. */
  readonly endpoint: FuzzedKind;
  /** Maximum number of test cases for an operation, in each phase of Schemathesis. */
  readonly maxExamples: number;
  readonly seed: number;
}

const USAGE = `usage: npm run fuzz -- [--endpoint <kind>] [--max-examples <number>] [--seed <number>]

Sends thousands of valid and invalid requests to TaskManagers on this machine, and compares the responses with the OpenAPI document.

  --endpoint <kind>        where the API is: in a REST API (rest), an HTTP API (http), or below a resource of a REST API of the app
                           (resource) (default: rest)
  --max-examples <number>  maximum number of requests for an operation, in each phase (default: 100)
  --seed <number>          repeat the requests of this seed (default: random)`;

const MAX_SEED = 2 ** 32;

const OPTIONS = {
  'endpoint': { type: 'string', default: 'rest' }, 'max-examples': { type: 'string', default: '100' }, 'seed': { type: 'string' },
} as const;

/** Parses the command line. Exits with a message if it is invalid. */
export function fuzzOptions(): FuzzOptions {
  return commandLine(USAGE, OPTIONS, (values) => {
    return {
      endpoint: oneOf('endpoint', FUZZED_KINDS, values.endpoint),
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
