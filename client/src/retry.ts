/** The longest time between two requests, whatever a server asks for. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/** The one form of a date that a server may send (RFC 9110, section 5.6.7). Date.parse() alone finds a date in 'retry 5', too. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads a `Retry-After`: seconds, or a date. Returns milliseconds; undefined if it is missing, makes no sense or is over, since asking
 * again at once, and on and on, is in nobody's interest.
 */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : HTTP_DATE.test(text) ? Date.parse(text) - now : 0;
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

/**
 * Tells how long to wait after `failures` requests in a row: exponential backoff with full jitter, on top of what the server asked for,
 * so that clients that were all told the same don't all come back in the same instant.
 */
export function backoffMs(failures: number, random: number, serverAskedMs = 0): number {
  return serverAskedMs + random * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

/** Tells how long to wait before a poll if the server doesn't: from 1 second up to 30, a tenth of the time that has passed. */
export function pollDelayMs(polls: number): number {
  return Math.min(30_000, 1000 * 1.1 ** polls);
}

/** Tells whether the same request may do better later. A success that is none may come from a proxy that wants somebody to log in. */
export function isTransient(status: number): boolean {
  return status < 400 || status === 408 || status === 429 || status >= 500;
}
