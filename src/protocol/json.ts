/** Defines which JSON a task can have: what DynamoDB stores, EventBridge accepts, and all programs can read. Imports nothing. */

/** Much deeper values can't be serialized again: the recursion of JSON.stringify overflows the stack. */
const MAX_DEPTH = 128;

/** Returns the defect of a parsed value, without its subject: `contains …`; undefined if it has none. */
export function defectOf(value: unknown): string | undefined {
  return defectAt(value, 1);
}

function defectAt(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return defectOfText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return 'contains a number that is too large';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  for (const [key, member] of Object.entries(value)) {
    const defect = defectOfText(key) ?? defectAt(member, depth + 1);
    if (defect !== undefined) return defect;
  }
  return undefined;
}

function defectOfText(text: string): string | undefined {
  return isUnicode(text) ? undefined : 'contains a string that is not valid Unicode';
}

/** Returns whether a text has no half of a surrogate pair: UTF-8 can't encode one, and EventBridge accepts no event with one. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Cuts a text after a number of characters, and replaces halves of surrogate pairs. A report must not get lost because of its texts. */
export function storableText(text: string, maxCharacters: number): string {
  // A character has at most two code units.
  const characters = [...text.slice(0, 2 * maxCharacters)].slice(0, maxCharacters);
  return characters.join('').replace(/\p{Surrogate}/gu, '\ufffd');
}
