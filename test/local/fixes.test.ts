import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const FIXES = path.join(__dirname, '..', '..', 'local', 'engine', 'fixes');
const read = (file: string) => readFileSync(path.join(FIXES, file), 'utf8');

const readme = read('README.md');
const rows = [...readme.matchAll(/^\| \[(\w+\.py)\]\(\1\) \| .+ \| (.+) \|$/gm)].map(([, file, documentation]) => ({ file, documentation }));
const applied = [...read('__init__.py').matchAll(/^from fixes\.(\w+) import \w+$/gm)].map(([, module]) => `${module}.py`);

describe('the README of the engine\'s fixes', () => {
  test('has a row for each fix that is applied', () => {
    expect(rows.map(({ file }) => file)).toEqual([...applied].sort());
  });

  test('names all other files, which fixes share', () => {
    const others = readdirSync(FIXES).filter((file) => file.endsWith('.py') && !applied.includes(file));
    expect(others.filter((file) => !readme.includes(`](${file})`))).toEqual([]);
  });

  test.each(rows)('names AWS documentation that $file cites', ({ file, documentation }) => {
    const pages = [...documentation.matchAll(/\]\(https:\/\/docs\.aws\.amazon\.com\/[^)]+(\/[^/)]+)\)/g)].map(([, page]) => page);
    const isTimeSaver = read(file).includes('Restores no behavior of AWS');
    expect(pages.length > 0).toBe(!isTimeSaver);
    expect(pages.filter((page) => !read(file).includes(page))).toEqual([]);
  });
});
