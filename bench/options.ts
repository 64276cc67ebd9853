import { commandLine } from '../local/command-line';

export const PARTS = ['bundles', 'counts', 'synthesis', 'cold', 'warm', 'processors', 'uploads', 'sweep', 'end-to-end', 'live'] as const;

export type Part = typeof PARTS[number];

export interface BenchOptions {
  /** Runs fewer rounds, in less than two minutes. */
  readonly quick: boolean;
  readonly parts: readonly Part[];
}

const USAGE = `usage: npm run bench -- [--quick] [--only <part>,…]

Measures the functions, the construct, the helper for processors, and a TaskManager on the local engine. Writes bench/results.json, the tables of
docs/performance.md and the charts in docs/images.

  --quick          run fewer rounds, in less than two minutes
  --only <part>,…  run only these parts, and keep the results of the others: ${PARTS.join(', ')} (default: all)`;

/** Parses the command line. Exits with a message if it is invalid. */
export function benchOptions(): BenchOptions {
  return commandLine(USAGE, { quick: { type: 'boolean', default: false }, only: { type: 'string' } }, (values) => {
    return { quick: values.quick, parts: values.only === undefined ? PARTS : values.only.split(',').map(parsePart) };
  });
}

function parsePart(name: string): Part {
  const part = PARTS.find((candidate) => candidate === name);
  if (!part) throw new Error(`--only must be one or more of ${PARTS.join(', ')}, got '${name}'`);
  return part;
}
