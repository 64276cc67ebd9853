/** Event filtering, as far as the project's patterns use it: lists of values and of `exists: false`. */
export function matchesPattern(pattern: object, event: object | undefined): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const actual = (event as Record<string, unknown> | undefined)?.[key];
    if (!Array.isArray(expected)) return matchesPattern(expected, actual as object);
    return expected.some((choice) => typeof choice === 'string' ? choice === actual : choice.exists === (actual !== undefined));
  });
}
