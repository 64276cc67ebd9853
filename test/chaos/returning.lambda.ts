/** A processor that knows nothing of us: what it returns is the result. */
export async function handler(): Promise<unknown> {
  return { rows: 7 };
}
