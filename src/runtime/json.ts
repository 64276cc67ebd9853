/** Deeper values can't be written as JSON again: the recursion of JSON.stringify overflows the stack. */
const MAX_DEPTH = 128;

/**
 * Reads JSON that everybody on its way can read: I-JSON (RFC 7493), of a bounded depth. Throws an error that says what is
 * wrong, and does not quote the text.
 */
export function parseInteroperableJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
  check(value, 1);
  return value;
}

function check(value: unknown, depth: number): void {
  if (typeof value === 'string') return checkText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('has a number that is too large');
  if (typeof value === 'object' && value !== null) {
    if (depth > MAX_DEPTH) throw new Error(`is nested deeper than ${MAX_DEPTH} levels`);
    for (const [key, member] of Object.entries(value)) {
      checkText(key);
      check(member, depth + 1);
    }
  }
}

function checkText(text: string): void {
  if (!isUnicode(text)) throw new Error('has a text that is not valid Unicode');
}

/** Half a surrogate pair has no UTF-8, and EventBridge takes no event with one. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
