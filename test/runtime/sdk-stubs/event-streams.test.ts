import { EventStreamSerde, resolveEventStreamSerdeConfig } from '../../../src/runtime/sdk-stubs/event-streams';

test('an operation that needs event streams throws', () => {
  expect(() => new EventStreamSerde()).toThrow('event streams are not part of this bundle');
});

test('the configuration of an SDK client stays unchanged', () => {
  const config = { region: 'us-east-1' };
  expect(resolveEventStreamSerdeConfig(config)).toBe(config);
});
