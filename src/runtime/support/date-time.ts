/** RFC 3339, with any number of decimals. `Date` alone accepts far more, even '1'. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Returns the time that an RFC 3339 text describes; undefined if a value is anything else. */
export function dateOf(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' && DATE_TIME.test(value) ? value : NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
