import { commandLine } from '../command-line';

export interface DemoOptions {
  /** How long the export lasts. */
  readonly seconds: number;
  /** Keep the engine until Ctrl-C. */
  readonly keep: boolean;
}

const USAGE = `usage: npm run demo -- [--seconds <number>] [--keep]

Runs the example app of examples/typescript on this machine, without an AWS account.

  --seconds <number>  let the export last that long, up to 800 seconds (default: 6)
  --keep              keep it all running until Ctrl-C, and print the API's URL`;

/** The example's function may take 15 minutes, as Lambda allows. */
const MAX_SECONDS = 800;

/** Reads the command line; ends the program, with a message, when there is something wrong with it. */
export function demoOptions(): DemoOptions {
  return commandLine(USAGE, { seconds: { type: 'string', default: '6' }, keep: { type: 'boolean', default: false } }, (values) => {
    const seconds = Number(values.seconds);
    if (values.seconds.trim() === '' || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw new Error(`--seconds must be a number from 0 to ${MAX_SECONDS}, got '${values.seconds}'`);
    }
    return { seconds, keep: values.keep };
  });
}
