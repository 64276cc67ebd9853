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
  const defect = defectOf(value);
  if (defect !== undefined) throw new Error(defect);
  return value;
}

/** Says what keeps a value that was read from JSON from being read by everybody; undefined if nothing does. */
export function defectOf(value: unknown): string | undefined {
  return defectAt(value, 1);
}

function defectAt(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return defectOfText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return 'has a number that is too large';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  for (const [key, member] of Object.entries(value)) {
    const defect = defectOfText(key) ?? defectAt(member, depth + 1);
    if (defect !== undefined) return defect;
  }
  return undefined;
}

function defectOfText(text: string): string | undefined {
  return isUnicode(text) ? undefined : 'has a text that is not valid Unicode';
}

/** Half a surrogate pair has no UTF-8, and EventBridge takes no event with one. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Cuts a text to so many characters, whole ones, and replaces halves of pairs: a report must not be lost over its texts. */
export function storableText(text: string, maxCharacters: number): string {
  // A character has two code units at most.
  const characters = [...text.slice(0, 2 * maxCharacters)].slice(0, maxCharacters);
  return characters.join('').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Reads JSON text that may be missing. */
export function parseIfPresent(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}
