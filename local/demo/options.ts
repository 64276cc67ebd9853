import { commandLine } from '../command-line';

export interface DemoOptions {
  /** Who does the work. */
  readonly processor: ProcessorKind;
  /** How long the work takes. */
  readonly seconds: number;
  /** Keep the engine running until Ctrl-C. */
  readonly keep: boolean;
}

/** Kinds of processors that the demo can show. */
export const PROCESSOR_KINDS = ['function', 'state-machine', 'container'] as const;
export type ProcessorKind = typeof PROCESSOR_KINDS[number];

const USAGE = `usage: npm run demo -- [--processor <kind>] [--seconds <number>] [--keep]

Runs an example app on this machine, without an AWS account.

  --processor <kind>  who does the work: function, state-machine or container (default: function)
  --seconds <number>  how long the work takes, up to 800 seconds (default: 6)
  --keep              keep the engine running until Ctrl-C, and print the URL of the API`;

/** The function of the example times out after 15 minutes, the maximum of Lambda. */
const MAX_SECONDS = 800;

const OPTIONS = {
  processor: { type: 'string', default: 'function' }, seconds: { type: 'string', default: '6' }, keep: { type: 'boolean', default: false },
} as const;

/** Returns the options of the command line. If they are invalid, prints why and exits. */
export function demoOptions(): DemoOptions {
  return commandLine(USAGE, OPTIONS, (values) => {
    const processor = PROCESSOR_KINDS.find((kind) => kind === values.processor);
    if (!processor) throw new Error(`--processor must be ${PROCESSOR_KINDS.join(', ')}, got '${values.processor}'`);
    const seconds = Number(values.seconds);
    if (values.seconds.trim() === '' || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw new Error(`--seconds must be a number from 0 to ${MAX_SECONDS}, got '${values.seconds}'`);
    }
    return { processor, seconds, keep: values.keep };
  });
}
