import * as v from 'valibot';
import { CHECK_SHARDS } from './index-keys';

/** Work of one invocation of the sweeper. */
export interface SweepRequest {
  /** The shards of the index to search. */
  readonly shards: number[];
  /** Whether another invocation handed them over. They are not handed over again: Lambda stops functions that keep invoking themselves. */
  readonly isHandedOver: boolean;
}

const Shard = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(CHECK_SHARDS - 1));
const HandOver = v.object({ handOver: v.strictObject({ shards: v.pipe(v.array(Shard), v.minLength(1)) }) });

/** Makes the event that hands over shards to another invocation. */
export function handOverEvent(shards: number[]): v.InferOutput<typeof HandOver> {
  return { handOver: { shards } };
}

/** Parses an event. One of the schedule means the whole index. Throws if one that hands over shards is malformed. */
export function parseSweepRequest(event: unknown): SweepRequest {
  if (typeof event === 'object' && event !== null && 'handOver' in event) {
    return { shards: v.parse(HandOver, event).handOver.shards, isHandedOver: true };
  }
  return { shards: Array.from({ length: CHECK_SHARDS }, (_, shard) => shard), isHandedOver: false };
}
