/**
 * In the place of the SDK's event streams, in which none of the operations that the functions call sends or receives anything. The SDK
 * imports them for whoever needs them, and esbuild can't tell that nobody does.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error('event streams are not part of this bundle');
  }
}

export const eventStreamSerdeProvider = undefined;

/** Lambda's client has one operation that answers with a stream. This is its configuration without it. */
export function resolveEventStreamSerdeConfig<T>(config: T): T {
  return config;
}
