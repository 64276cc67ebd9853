import { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const MAX_ENTRY_BYTES = 1024 * 1024;
const MAX_LEVELS = 1_000;

/** Returns why EventBridge refuses an event: not a JSON object, too large, too deep, or not Unicode. Undefined if it accepts the event. */
export function refusalOf({ Source, DetailType, Detail = '' }: PutEventsRequestEntry): string | undefined {
  if (Buffer.byteLength(`${Source}${DetailType}${Detail}`) > MAX_ENTRY_BYTES) return 'too large';
  if (!isWholeUnicode(Detail)) return 'half a surrogate pair';
  let detail: unknown;
  try {
    detail = JSON.parse(Detail);
  } catch {
    return 'not JSON';
  }
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return 'not an object';
  return depthOf(Detail) > MAX_LEVELS ? 'too deep' : undefined;
}

/** Returns whether text is valid Unicode, with surrogates raw or escaped. */
function isWholeUnicode(json: string): boolean {
  const unescaped = json.replace(/\\(?:u([0-9a-fA-F]{4})|.)/g, (_, code?: string) => code ? String.fromCharCode(parseInt(code, 16)) : ' ');
  return !/\p{Surrogate}/u.test(unescaped);
}

function depthOf(json: string): number {
  let depth = 0, max = 0;
  for (const bracket of json.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/[[\]{}]/g) ?? []) {
    depth += '[{'.includes(bracket) ? 1 : -1;
    max = Math.max(max, depth);
  }
  return max;
}
