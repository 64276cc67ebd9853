const WIDTH = 30;

/** Prints what happens, and then how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  process.stdout.write(`  ${what} … `);
  try {
    const result = await work();
    process.stdout.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}

export function heading(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text}`);
}

/** Draws a progress bar over the one before. Prints a line for each if the output is not a terminal. */
export function progressBar(percent: number, text: string): void {
  const done = Math.round((WIDTH * percent) / 100);
  const bar = `  ${'█'.repeat(done)}${'░'.repeat(WIDTH - done)} ${String(Math.round(percent)).padStart(3)} %  ${text}`;
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${bar}` : `${bar}\n`);
}

/** Starts a new line after the last progress bar. */
export function endProgressBar(): void {
  if (process.stdout.isTTY) process.stdout.write('\n');
}
