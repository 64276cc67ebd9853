import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';

/** Limits of one PutEvents call: https://docs.aws.amazon.com/general/latest/gr/ev.html */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 50;

/** An event on its way, and where it stands in the batch that it came from. */
interface Outgoing {
  readonly index: number;
  readonly entry: PutEventsRequestEntry;
}

/** Sends events in as few calls as possible. */
export class Publisher {
  constructor(private readonly client: EventBridgeClient) {}

  /** Sends the events, and what the bus refused of them again. Returns the indexes of those that it refused to the end. */
  async publish(entries: PutEventsRequestEntry[]): Promise<number[]> {
    let open = entries.map((entry, index) => ({ index, entry }));
    for (let attempt = 0; open.length > 0 && attempt < ATTEMPTS; attempt++) {
      // Full jitter, so that throttled publishers don't come back all at once.
      if (attempt > 0) await delay(Math.random() * FIRST_DELAY_MS * 2 ** attempt);
      open = (await Promise.all(chunks(open).map((chunk) => this.send(chunk)))).flat();
    }
    return open.map(({ index }) => index);
  }

  /** Makes one call, and returns what failed of it: PutEvents answers 200 also when it refused entries. */
  private async send(chunk: Outgoing[]): Promise<Outgoing[]> {
    try {
      const { FailedEntryCount, Entries } = await this.client.send(new PutEventsCommand({ Entries: chunk.map(({ entry }) => entry) }));
      if (!FailedEntryCount) return [];
      const failed = chunk.filter((_, i) => Entries?.[i]?.ErrorCode);
      console.warn({ message: 'PutEvents refused entries', errorCodes: [...new Set(Entries?.map(({ ErrorCode }) => ErrorCode).filter(Boolean))] });
      return failed;
    } catch (error) {
      console.warn({ message: 'PutEvents failed', error: (error as Error).name });
      return chunk;
    }
  }
}

function chunks(outgoing: Outgoing[]): Outgoing[][] {
  const result: Outgoing[][] = [];
  let bytes = Infinity;
  for (const item of outgoing) {
    const size = entryBytes(item.entry);
    if (bytes + size > MAX_BYTES || result.at(-1)!.length === MAX_ENTRIES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(item);
    bytes += size;
  }
  return result;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function entryBytes({ Source, DetailType, Detail }: PutEventsRequestEntry): number {
  return Buffer.byteLength(`${Source}${DetailType}${Detail}`);
}
