import { Language, LANGUAGES } from './languages';
import { commandLine } from '../../local/command-line';

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

/** Reads the command line; ends the program, with a message, when there is something wrong with it. */
export function examplesOptions(): ExamplesOptions {
  return commandLine(USAGE, { only: { type: 'string', multiple: true }, built: { type: 'boolean', default: false } }, (values) => {
    const unknown = values.only?.find((name) => !LANGUAGES.some((language) => language === name));
    if (unknown !== undefined) throw new Error(`--only must be one of ${LANGUAGES.join(', ')}, got '${unknown}'`);
    return { languages: LANGUAGES.filter((language) => values.only?.includes(language) ?? true), built: values.built };
  });
}
