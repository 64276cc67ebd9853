import { commandLine } from '../local/command-line';

export const PARTS = ['bundles', 'counts', 'synthesis', 'cold', 'warm', 'sweep', 'end-to-end'] as const;

export type Part = typeof PARTS[number];

export interface BenchOptions {
  /** Fewer rounds, which take less than two minutes together. */
  readonly quick: boolean;
  readonly parts: readonly Part[];
}

const USAGE = `usage: npm run bench -- [--quick] [--only <part>,…]

Measures the functions, the construct and a TaskManager on the local engine, and writes bench/results.json, the tables of
docs/performance.md and the charts of docs/images.

  --quick          fewer rounds: less than two minutes
  --only <part>,…  some of: ${PARTS.join(', ')} (default: all); of the others, the last results stay`;

/** Reads the command line; ends the program, with a message, when there is something wrong with it. */
export function benchOptions(): BenchOptions {
  return commandLine(USAGE, { quick: { type: 'boolean', default: false }, only: { type: 'string' } }, (values) => {
    return { quick: values.quick, parts: values.only === undefined ? PARTS : values.only.split(',').map(parsePart) };
  });
}

function parsePart(name: string): Part {
  const part = PARTS.find((candidate) => candidate === name);
  if (!part) throw new Error(`--only must name some of ${PARTS.join(', ')}, got '${name}'`);
  return part;
}
