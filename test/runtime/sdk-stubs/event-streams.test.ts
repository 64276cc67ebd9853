import { EventStreamSerde, resolveEventStreamSerdeConfig } from '../../../src/runtime/sdk-stubs/event-streams';

test('whoever needs event streams after all is told that they are not there', () => {
  expect(() => new EventStreamSerde()).toThrow('event streams are not part of this bundle');
});

test('the configuration of a client stays as it is', () => {
  const config = { region: 'us-east-1' };
  expect(resolveEventStreamSerdeConfig(config)).toBe(config);
});
