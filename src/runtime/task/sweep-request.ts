import * as v from 'valibot';
import { CHECK_SHARDS } from './index-keys';

/** What one invocation of the sweeper has to do. */
export interface SweepRequest {
  /** The shards of the index to look into. */
  readonly shards: number[];
  /** Whether another invocation handed them over. They go no further: Lambda ends functions that keep invoking themselves. */
  readonly isHandedOver: boolean;
}

const Shard = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(CHECK_SHARDS - 1));
const HandOver = v.object({ handOver: v.strictObject({ shards: v.pipe(v.array(Shard), v.minLength(1)) }) });

/** Describes what another invocation has to do, as the event that it gets. */
export function handOverEvent(shards: number[]): v.InferOutput<typeof HandOver> {
  return { handOver: { shards } };
}

/** Reads an event: those of the schedule ask for the whole index. Throws when one of our own is malformed. */
export function parseSweepRequest(event: unknown): SweepRequest {
  if (typeof event === 'object' && event !== null && 'handOver' in event) {
    return { shards: v.parse(HandOver, event).handOver.shards, isHandedOver: true };
  }
  return { shards: Array.from({ length: CHECK_SHARDS }, (_, shard) => shard), isHandedOver: false };
}
