/** The longest pause between two requests, even if a server asks for more. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/** The only date format that servers may send (RFC 9110, section 5.6.7). Date.parse() alone also finds a date in 'retry 5'. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Parses a `Retry-After`: seconds, or a date. Returns milliseconds, or undefined if the value is missing, invalid or in the past: a pause
 * of 0 ms would make the client poll without a break.
 */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : HTTP_DATE.test(text) ? Date.parse(text) - now : 0;
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

/**
 * Returns the pause after `failures` failed attempts in a row: exponential backoff with full jitter, on top of what the server asked for.
 * With the jitter, clients that got the same `Retry-After` do not all come back at the same moment.
 */
export function backoffMs(failures: number, random: number, serverAskedMs = 0): number {
  return serverAskedMs + random * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

/** Returns the pause before a poll if the server asks for none: from 1 second to 30, each a tenth longer than the one before. */
export function pollDelayMs(polls: number): number {
  return Math.min(30_000, 1000 * 1.1 ** polls);
}

/** Returns whether the same request may succeed later. A success without a task can be the login page of a network. */
export function isTransient(status: number): boolean {
  return status < 400 || status === 408 || status === 429 || status >= 500;
}
