import { cut } from './text';

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
  private fits = true;

  constructor(private readonly output: NodeJS.WriteStream = process.stdout) {}

  public set(key: string, line: string): void {
    if (this.lines.get(key) === line) return;
    const drawn = this.lines.size;
    this.lines.set(key, line);
    // A line that has left the screen can't be drawn again.
    this.fits &&= this.output.isTTY && this.lines.size < (this.output.rows || Infinity);
    if (!this.fits) {
      this.output.write(`${line}\n`);
      return;
    }
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    // A line that is too long would take two, and the next drawing would not begin at the first one.
    const width = (this.output.columns || 80) - 1;
    this.output.write(up + [...this.lines.values()].map((text) => `\u001b[2K${cut(text, width)}\n`).join(''));
  }
}
