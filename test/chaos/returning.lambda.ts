/** A processor that does not report: its return value is the result. */
export async function handler(): Promise<unknown> {
  return { rows: 7 };
}
