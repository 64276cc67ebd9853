import { parseArgs } from 'node:util';

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

const USAGE_ERROR = 2;
/** The example's function may take 15 minutes, as Lambda allows. */
const MAX_SECONDS = 800;

/** Reads the command line; ends the program, with a message, when there is something wrong with it. */
export function demoOptions(): DemoOptions {
  try {
    const { values } = parseArgs({
      options: { seconds: { type: 'string', default: '6' }, keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    const seconds = Number(values.seconds);
    if (values.seconds.trim() === '' || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw new Error(`--seconds must be a number from 0 to ${MAX_SECONDS}, got '${values.seconds}'`);
    }
    return { seconds, keep: values.keep };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return process.exit(USAGE_ERROR);
  }
}
