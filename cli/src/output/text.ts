import { stripVTControlCharacters } from 'node:util';

/** Characters that a terminal or a reader could take for commands: control characters, and those that change the direction of text. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Returns text of somebody else as one line that is safe on a terminal. */
export function printable(text: string): string {
  return text.replace(UNSAFE, '\u00b7');
}

/** Returns a value as JSON that is safe on a terminal: JSON itself escapes the older control characters only. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .replace(/[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => (
      `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    ));
}

/** Returns lines with columns of the same width. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => widthOf(row[i]))));
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell + ' '.repeat(widths[i] - widthOf(cell))).join('  ').trimEnd();
  return [header, ...rows].map(line).join('\n');
}

/** Colours have no width. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
