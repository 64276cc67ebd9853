import { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { Environment } from './invocation';
import { refusalOf } from '../support/strict-bus';

/** An event as its targets receive it. */
export interface BusEvent {
  readonly 'source': string;
  readonly 'detail-type': string;
  /** In whole seconds. */
  readonly 'time': string;
  readonly 'detail': Record<string, any>;
}

/** Text that EventBridge refuses permanently, for an unknown reason. */
export const DISLIKED = 'EventBridge does not like this';

/** An EventBridge bus: refuses some entries, and delivers at least once and in no order. */
export class EventBus {
  constructor(private readonly environment: Environment, private readonly route: (event: BusEvent, json: string) => void) {}

  public putEvents(
    { Entries = [] }: { Entries?: PutEventsRequestEntry[] },
  ): { FailedEntryCount: number; Entries: { ErrorCode?: string }[] } {
    const { random, faults } = this.environment;
    if (Entries.length < 1 || Entries.length > 10) throw new Error(`PutEvents takes 1 to 10 entries, got ${Entries.length}`);
    const results = Entries.map((entry) => {
      const refusal = isSuspicious(entry.Detail!) ? refusalOf(entry) : undefined;
      if (refusal !== undefined || entry.Detail!.includes(DISLIKED)) return { ErrorCode: 'MalformedDetail', ErrorMessage: refusal };
      if (random.chance(faults.refusedEntry)) return { ErrorCode: random.pick(['ThrottlingException', 'InternalFailure']), ErrorMessage: 'try again' };
      this.accept(entry);
      return { EventId: 'id' };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  private accept({ Source, DetailType, Detail }: PutEventsRequestEntry): void {
    const { clock, random, faults } = this.environment;
    const event = { 'source': Source!, 'detail-type': DetailType!, 'time': `${clock.date().toISOString().slice(0, 19)}Z`, 'detail': JSON.parse(Detail!) };
    const json = `{"source":"${event.source}","detail-type":"${event['detail-type']}","time":"${event.time}","detail":${Detail}}`;
    const copies = random.chance(faults.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      // Sometimes an event is slow, and others overtake it.
      const usualDelayMs = () => random.chance(0.05) ? 100 * random.int(0, 300) : 10 * random.int(1, 30);
      const delayMs = random.chance(faults.heldBack) ? random.longDelayMs() : usualDelayMs();
      clock.after(delayMs, () => this.route(event, json));
    }
  }
}

/** Most details are so short and plain that they need no further check. */
function isSuspicious(detail: string): boolean {
  return detail.length > 1000 || /\\u[dD]|\p{Surrogate}/u.test(detail);
}
