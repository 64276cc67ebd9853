/**
 * Replaces the SDK's event streams. None of the operations that the functions call uses them, but the SDK imports them for all operations,
 * and esbuild can't remove them.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error('event streams are not part of this bundle');
  }
}

export const eventStreamSerdeProvider = undefined;

/** Configures an SDK client without event streams. The client of Lambda has one operation that returns a stream. */
export function resolveEventStreamSerdeConfig<T>(config: T): T {
  return config;
}
