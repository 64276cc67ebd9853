import { stripVTControlCharacters } from 'node:util';

const BAR_WIDTH = 30;

/** Returns a bar that is filled up to `percent`. */
export function progressBar(percent: number): string {
  const done = Math.round((BAR_WIDTH * Math.min(100, Math.max(0, percent))) / 100);
  return `${'█'.repeat(done)}${'░'.repeat(BAR_WIDTH - done)} ${String(Math.round(percent)).padStart(3)} %`;
}

/**
 * Lines on a terminal that are drawn again when one of them changes. If the output is not a terminal, or they do not fit on it, prints each
 * change as a line.
 */
export class LiveLines {
  private readonly lines = new Map<string, string>();

  constructor(private readonly output: NodeJS.WriteStream = process.stdout) {}

  public set(key: string, line: string): void {
    if (this.lines.get(key) === line) return;
    const drawn = this.lines.size;
    this.lines.set(key, line);
    if (!this.output.isTTY || this.lines.size >= (this.output.rows || Infinity)) {
      this.output.write(`${line}\n`);
      return;
    }
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    this.output.write(up + [...this.lines.values()].map((text) => `\u001b[2K${this.cut(text)}\n`).join(''));
  }

  /** A line that is too long would take two, and the next drawing would not begin at the first one. */
  private cut(line: string): string {
    const width = (this.output.columns || 80) - 1;
    const text = stripVTControlCharacters(line);
    return text.length > width ? text.slice(0, width) : line;
  }
}
