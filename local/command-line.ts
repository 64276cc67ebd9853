import { parseArgs, ParseArgsConfig } from 'node:util';

const USAGE_ERROR = 2;
const HELP = { help: { type: 'boolean', short: 'h' } } as const;

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known }>>['values'];

/**
 * Parses the command line. Prints the usage and exits for `--help`, and if the command line is invalid. `read` can throw errors about
 * invalid values.
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

/** Returns the value of an option. Throws if it is not one of `kinds`. */
export function oneOf<Kind extends string>(name: string, kinds: readonly Kind[], value: string): Kind {
  const found = kinds.find((kind) => kind === value);
  if (!found) throw new Error(`--${name} must be ${kinds.join(' or ')}, got '${value}'`);
  return found;
}
