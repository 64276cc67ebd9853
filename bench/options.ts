import { commandLine } from '../local/command-line';

export const PART_NAMES = ['bundles', 'counts', 'synthesis', 'cold', 'warm', 'processors', 'uploads', 'sweep', 'end-to-end', 'live'] as const;

export type PartName = typeof PART_NAMES[number];

export interface BenchOptions {
  /** Runs fewer rounds, in less than two minutes. */
  readonly quick: boolean;
  /** Measures nothing, and makes the tables and charts of the stored results. */
  readonly stored: boolean;
  readonly parts: readonly PartName[];
}

const USAGE = `usage: npm run bench -- [--quick | --stored] [--only <part>,…]

Measures the functions, the construct, the helper for processors, and a TaskManager on the local engine. Writes bench/results.json, the tables of
docs/performance.md and the charts in docs/images.

  --quick          run fewer rounds, in less than two minutes
  --stored         measure nothing: make the tables and charts anew, from bench/results.json
  --only <part>,…  run only these parts, and keep the results of the others: ${PART_NAMES.join(', ')} (default: all)`;

const FLAG = { type: 'boolean', default: false } as const;

/** Parses the command line. Exits with a message if it is invalid. */
export function benchOptions(): BenchOptions {
  return commandLine(USAGE, { quick: FLAG, stored: FLAG, only: { type: 'string' } }, (values) => {
    if (values.quick && values.stored) throw new Error('--quick and --stored exclude each other');
    return { quick: values.quick, stored: values.stored, parts: values.only === undefined ? PART_NAMES : values.only.split(',').map(parsePart) };
  });
}

function parsePart(name: string): PartName {
  const part = PART_NAMES.find((candidate) => candidate === name);
  if (!part) throw new Error(`--only must be one or more of ${PART_NAMES.join(', ')}, got '${name}'`);
  return part;
}
