import { commandLine } from '../command-line';

export interface DemoOptions {
  /** How long the export takes. */
  readonly seconds: number;
  /** Keep the engine running until Ctrl-C. */
  readonly keep: boolean;
}

const USAGE = `usage: npm run demo -- [--seconds <number>] [--keep]

Runs the app of examples/typescript on this machine, without an AWS account.

  --seconds <number>  how long the export takes, up to 800 seconds (default: 6)
  --keep              keep the engine running until Ctrl-C, and print the URL of the API`;

/** The function of the example times out after 15 minutes, the maximum of Lambda. */
const MAX_SECONDS = 800;

/** Returns the options of the command line. If they are invalid, prints why and exits. */
export function demoOptions(): DemoOptions {
  return commandLine(USAGE, { seconds: { type: 'string', default: '6' }, keep: { type: 'boolean', default: false } }, (values) => {
    const seconds = Number(values.seconds);
    if (values.seconds.trim() === '' || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw new Error(`--seconds must be a number from 0 to ${MAX_SECONDS}, got '${values.seconds}'`);
    }
    return { seconds, keep: values.keep };
  });
}
