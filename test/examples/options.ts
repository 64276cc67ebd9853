import { Language, LANGUAGES } from './languages';
import { commandLine } from '../../local/command-line';

export interface ExamplesOptions {
  readonly languages: Language[];
  /** Use the packages that are already in `dist/`. */
  readonly built: boolean;
}

const USAGE = `usage: npm run examples -- [--only <language>] [--built]

Builds the packages, installs each in a copy of its example as a user would, synthesizes the copies, compares their templates,
and runs the Python one on the local engine. Does the same with a large app, and compares its sizes with the quotas of AWS instead
of running it. Java needs a JDK of version 17 or newer, and Maven.

  --only <language>  ${LANGUAGES.join(', ')}. Can be repeated (default: all)
  --built            use the packages that are already in dist/`;

/** Returns the options of the command line. If they are invalid, prints why and exits. */
export function examplesOptions(): ExamplesOptions {
  return commandLine(USAGE, { only: { type: 'string', multiple: true }, built: { type: 'boolean', default: false } }, (values) => {
    const unknown = values.only?.find((name) => !LANGUAGES.some((language) => language === name));
    if (unknown !== undefined) throw new Error(`--only must be one of ${LANGUAGES.join(', ')}, got '${unknown}'`);
    return { languages: LANGUAGES.filter((language) => values.only?.includes(language) ?? true), built: values.built };
  });
}
