/** Returns whether an event matches a pattern. Supports what the patterns of this project use: lists of values, and `exists: false`. */
export function matchesPattern(pattern: object, event: object | undefined): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const actual = (event as Record<string, unknown> | undefined)?.[key];
    if (!Array.isArray(expected)) return matchesPattern(expected, actual as object);
    return expected.some((choice) => typeof choice === 'string' ? choice === actual : choice.exists === (actual !== undefined));
  });
}
