import { UsageError } from './errors';

/** Decodes a payload. A byte order mark is no part of it. `place` says where it is from. */
export function payloadText(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${place} must be UTF-8`);
  }
}

/** Parses a payload. Refuses numbers that JavaScript would change. */
export function parsePayload(text: string, place: string): unknown {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${place} must be JSON: ${(error as Error).message}`);
  }
  checkNumbers(payload, place);
  return payload;
}

function checkNumbers(value: unknown, place: string): void {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) checkNumbers(member, place);
  } else if (typeof value === 'number' && !Number.isSafeInteger(Math.trunc(value))) {
    const limit = Number.MAX_SAFE_INTEGER;
    throw new UsageError(`${place} must not have numbers beyond ±${limit}, because many programs round them: write them as text`);
  }
}
