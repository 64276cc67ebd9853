import { progressBar as bar } from '../cli/src/output/progress';

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
  const line = `  ${bar(percent)}  ${text}`;
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

/** Starts a new line after the last progress bar. */
export function endProgressBar(): void {
  if (process.stdout.isTTY) process.stdout.write('\n');
}
