import { stripVTControlCharacters } from 'node:util';

/** Characters that a terminal or a reader could take for commands: control characters, and those that change the direction of text. */
const UNSAFE = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Returns text of somebody else as one line that is safe on a terminal. */
export function printable(text: string): string {
  return text.replace(UNSAFE, '\u00b7');
}

/** Returns a value as JSON that is safe on a terminal: JSON itself escapes the older control characters only. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (character) => (
    // The lines of indented JSON.
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  ));
}

/** Returns lines with columns of the same width. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => widthOf(row[i]))));
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell + ' '.repeat(widths[i] - widthOf(cell))).join('  ').trimEnd();
  return [header, ...rows].map(line).join('\n');
}

/** Characters that take two columns: emoji, and the wide ones of East Asia (Unicode Standard Annex 11). */
// eslint-disable-next-line @stylistic/max-len
const WIDE = /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

const SEGMENTER = new Intl.Segmenter();

/** Returns the number of columns of a terminal that a text takes. Colours take none. */
export function widthOf(text: string): number {
  return charactersOf(text).reduce((sum, { width }) => sum + width, 0);
}

/** Returns the beginning of a text that is no wider than that, without its colours if it is cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let free = width;
  const characters = charactersOf(text);
  const end = characters.findIndex((character) => (free -= character.width) < 0);
  return characters.slice(0, end).map(({ segment }) => segment).join('');
}

/** Returns what a reader takes for one character each, such as a letter with its accents. */
function charactersOf(text: string): { readonly segment: string; readonly width: number }[] {
  return [...SEGMENTER.segment(stripVTControlCharacters(text))].map(({ segment }) => ({ segment, width: WIDE.test(segment) ? 2 : 1 }));
}
