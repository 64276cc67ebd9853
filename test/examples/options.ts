import { parseArgs } from 'node:util';
import { Language, LANGUAGES } from './languages';

export interface ExamplesOptions {
  readonly languages: Language[];
  /** Take the packages of `dist/` as they are. */
  readonly built: boolean;
}

const USAGE = `usage: npm run examples -- [--only <language>] [--built]

Builds the packages, installs each in a copy of its example as a user would, synthesizes the copies, compares their templates,
and runs the Python one on the local engine. Java needs a JDK of version 17 or newer, and Maven.

  --only <language>  ${LANGUAGES.join(', ')}; may be given more than once (default: all)
  --built            take the packages that are in dist/ already`;

const USAGE_ERROR = 2;

/** Reads the command line; ends the program, with a message, when there is something wrong with it. */
export function examplesOptions(): ExamplesOptions {
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string', multiple: true }, built: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    const unknown = values.only?.find((name) => !LANGUAGES.some((language) => language === name));
    if (unknown !== undefined) throw new Error(`--only must be one of ${LANGUAGES.join(', ')}, got '${unknown}'`);
    return { languages: LANGUAGES.filter((language) => values.only?.includes(language) ?? true), built: values.built };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return process.exit(USAGE_ERROR);
  }
}
