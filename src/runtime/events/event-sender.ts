import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { OutOfTime } from '../support/time-budget';
import { inWaves } from '../support/waves';

/** Limits of one PutEvents call: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;
/** EventBridge accepts four times as much. Smaller calls are shorter, and cost the same. */
const MAX_BYTES = 256 * 1024;

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 50;

/** Errors that another attempt can't fix. All others may be transient, even a missing permission. */
const PERMANENT = new Set(['MalformedDetail', 'InvalidArgument', 'ValidationException']);

/** Maximum number of calls in flight: enough for a whole batch of the stream. */
const CALLS = 10;

/** An event that the bus refused. */
export interface Refusal {
  readonly entry: PutEventsRequestEntry;
  readonly isPermanent: boolean;
}

interface Attempt {
  /** Refused entries that are worth another attempt. */
  readonly again: PutEventsRequestEntry[];
  /** Entries that are refused permanently. */
  readonly never: PutEventsRequestEntry[];
  readonly isOutOfTime?: boolean;
}

/** Sends events in as few calls as possible. */
export class EventSender {
  constructor(private readonly eventbridge: EventBridgeClient, private readonly sleep: (ms: number) => Promise<unknown> = delay) {}

  /** Sends events, and repeats those that the bus refuses. Returns those that it refused each time. */
  public async send(entries: PutEventsRequestEntry[]): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    let open = entries;
    for (let attempt = 0; open.length > 0 && attempt < ATTEMPTS; attempt++) {
      // Full jitter, so that throttled senders don't all come back at once.
      if (attempt > 0) await this.sleep(Math.random() * FIRST_DELAY_MS * 2 ** attempt);
      const attempts = await inWaves(chunks(open), (chunk) => this.attempt(chunk), CALLS);
      refusals.push(...attempts.flatMap(({ never }) => never.map((entry) => ({ entry, isPermanent: true }))));
      open = attempts.flatMap(({ again }) => again);
      if (attempts.some(({ isOutOfTime }) => isOutOfTime)) break;
    }
    return [...refusals, ...open.map((entry) => ({ entry, isPermanent: false }))];
  }

  /** Makes one call. PutEvents answers 200 even if it refuses entries. */
  private async attempt(chunk: PutEventsRequestEntry[]): Promise<Attempt> {
    try {
      const { FailedEntryCount, Entries = [] } = await this.eventbridge.send(new PutEventsCommand({ Entries: chunk }));
      if (!FailedEntryCount) return { again: [], never: [] };
      const codes = Entries.map(({ ErrorCode }) => ErrorCode);
      console.warn({ message: 'PutEvents refused entries', errors: [...new Set(codes.filter(Boolean))] });
      const refused = (permanently: boolean) => chunk.filter((_, i) => codes[i] && PERMANENT.has(codes[i]) === permanently);
      return { again: refused(false), never: refused(true) };
    } catch (error) {
      console.warn({ message: 'PutEvents failed', error: (error as Error).name });
      if (!PERMANENT.has((error as Error).name)) return { again: chunk, never: [], isOutOfTime: error instanceof OutOfTime };
      // The whole call was refused. Sent one by one, the entries show which of them caused it.
      if (chunk.length === 1) return { again: [], never: chunk };
      const attempts = await inWaves(chunk, (entry) => this.attempt([entry]), CALLS);
      return {
        again: attempts.flatMap(({ again }) => again),
        never: attempts.flatMap(({ never }) => never),
        isOutOfTime: attempts.some(({ isOutOfTime }) => isOutOfTime),
      };
    }
  }
}

function chunks(entries: PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const result: PutEventsRequestEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const size = entryBytes(entry);
    if (bytes + size > MAX_BYTES || result.at(-1)!.length === MAX_ENTRIES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(entry);
    bytes += size;
  }
  return result;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function entryBytes({ Source, DetailType, Detail }: PutEventsRequestEntry): number {
  return Buffer.byteLength(`${Source}${DetailType}${Detail}`);
}
