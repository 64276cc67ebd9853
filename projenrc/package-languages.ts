/** Creates the bindings of all languages. If the compiler of a language is missing, only generates the code, and says so. */
import { execFileSync, spawnSync } from 'node:child_process';
import { LanguagePackages, PACMAK } from './language-packages';

/** Commands that succeed if the compiler is installed. Java and Python are always required. */
const COMPILERS: Record<string, string[]> = { dotnet: ['dotnet', '--version'], go: ['go', 'version'] };

const codeOnly = LanguagePackages.LANGUAGES.filter((language) => language in COMPILERS && !succeeds(COMPILERS[language]));
const built = LanguagePackages.LANGUAGES.filter((language) => !codeOnly.includes(language));

pacmak(built);
if (codeOnly.length > 0) pacmak(codeOnly, '--code-only');
for (const language of codeOnly) {
  console.log(`package:${language}: generated but not compiled, in dist/${language}, because '${COMPILERS[language].join(' ')}' failed`);
}

function succeeds([program, ...parameters]: string[]): boolean {
  return spawnSync(program, parameters, { stdio: 'ignore' }).status === 0;
}

function pacmak(languages: string[], ...parameters: string[]): void {
  const [program, ...common] = PACMAK;
  execFileSync(program, [...common, ...parameters, ...languages.flatMap((language) => ['--target', language])], { stdio: 'inherit' });
}
