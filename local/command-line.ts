import { parseArgs, ParseArgsConfig } from 'node:util';

const USAGE_ERROR = 2;
const HELP = { help: { type: 'boolean', short: 'h' } } as const;

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known }>>['values'];

/**
 * Reads the command line. Ends the program, after it told the usage, for `--help` and when there is something wrong, which `read` may
 * throw, too.
 */
export function commandLine<const Known extends Options, Read>(usage: string, options: Known, read: (values: Values<Known>) => Read): Read {
  try {
    const { values } = parseArgs<{ options: Options }>({ options: { ...options, ...HELP } });
    if (values.help) {
      console.log(usage);
      process.exit();
    }
    return read(values as Values<Known>);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return process.exit(USAGE_ERROR);
  }
}
