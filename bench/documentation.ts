import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT } from './shipped-bundles';

/** The page with the tables. Each is between two comments. */
export const PAGE = path.join(PROJECT, 'docs', 'performance.md');

/** Returns the text of a named section of the page. Throws if there is no such section. */
export function section(name: string): string {
  return find(readFileSync(PAGE, 'utf8'), name).text;
}

/** Replaces the texts of named sections of the page. */
export function writeSections(texts: Record<string, string>): void {
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, text] of Object.entries(texts)) {
    const { start, end } = find(page, name);
    page = `${page.slice(0, start)}\n${text}\n${page.slice(end)}`;
  }
  writeFileSync(PAGE, page);
}

function find(page: string, name: string): { start: number; end: number; text: string } {
  const [begin, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const start = page.indexOf(begin) + begin.length;
  const end = page.indexOf(close);
  if (start < begin.length || end < start) throw new Error(`${PAGE} has no section named ${name}`);
  return { start, end, text: page.slice(start, end).trim() };
}

type Cell = string | number | undefined;

/** Returns a Markdown table. Text is left-aligned, and numbers are right-aligned. */
export function table(head: string[], rows: Cell[][]): string {
  const isNumeric = head.map((_, column) => rows.every((row) => /^[^a-z]*\d/i.test(String(row[column] ?? 0)) || row[column] === '–'));
  const line = (cells: Cell[]) => `| ${cells.map((cell) => cell === undefined || cell === '' ? '–' : cell).join(' | ')} |`;
  return [
    line(head),
    `|${isNumeric.map((numeric, column) => numeric && column > 0 ? '--:' : '---').join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

export function usd(amount: number): string {
  return amount.toFixed(2);
}
