import { writeSync } from 'node:fs';

/** File descriptor for the result of a program that runs a function. The function itself can write to the standard ones. */
export const RESULT_FD = 3;

/** Writes the result of such a program. */
export function writeResult(result: object): void {
  writeSync(RESULT_FD, JSON.stringify(result));
}
