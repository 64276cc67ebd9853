/**
 * Writes the licences of all third-party code in bundles. Fails if a licence is not permissive.
 * `tsx projenrc/write-third-party-licenses.ts <file> <what contains the code> <metafiles>`
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BundledPackage, bundledPackages } from './bundled-packages';

const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];

/** Packages that do not contain the text of their licence. The copyright notices are from their repositories. */
const MISSING_NOTICES: Record<string, string> = {
  '@cfworker/json-schema': 'Copyright (c) 2020 Jeremy Danyow',
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const [output, contains, ...metafiles] = process.argv.slice(2);
const packages = bundledPackages(metafiles);
const forbidden = packages.filter(({ license }) => !PERMISSIVE.includes(license));
if (forbidden.length > 0) {
  const allowed = PERMISSIVE.join(', ');
  for (const { name, license } of forbidden) {
    console.error(`${name} must not be bundled: its licence must be one of ${allowed}, got ${license}`);
  }
  process.exit(1);
}
writeFileSync(output, [
  `${contains} code of the packages below.`,
  'The text of the Apache License, Version 2.0, is in the file LICENSE. Written by projenrc/write-third-party-licenses.ts.\n',
  ...packages.map(section),
].join('\n'));

function section(bundled: BundledPackage): string {
  const { name, version, license } = bundled;
  return `${'-'.repeat(80)}\n${name} ${version}, ${license}\n\n${[terms(bundled), file(bundled, /^notice/i)].filter(Boolean).join('\n\n')}\n`;
}

function terms(bundled: BundledPackage): string {
  const text = file(bundled, /^(licen[cs]e|copying)/i);
  if (bundled.license === 'Apache-2.0') return /^ *Copyright \d{4}.*$/m.exec(text ?? '')?.[0].trim() ?? authorOf(bundled);
  if (text !== undefined) return text;
  // It asks for no notice.
  if (bundled.license === 'MIT-0') return authorOf(bundled);
  const notice = MISSING_NOTICES[bundled.name];
  if (bundled.license !== 'MIT' || notice === undefined) {
    throw new Error(`${bundled.name} contains no licence text: add its copyright notice to MISSING_NOTICES`);
  }
  return `${notice}\n\n${MIT}`;
}

function file({ directory }: BundledPackage, pattern: RegExp): string | undefined {
  const name = readdirSync(directory).find((entry) => pattern.test(entry));
  return name && readFileSync(`${directory}/${name}`, 'utf8').replace(/\r\n/g, '\n').trim();
}

function authorOf({ author, contributors = [] }: BundledPackage): string {
  return (typeof author === 'object' ? author.name : author) ?? contributors.map(({ name }) => name).join(', ');
}
