import { EventStreamSerde } from '../../../src/runtime/sdk-stubs/event-streams';

test('whoever needs event streams after all is told that they are not there', () => {
  expect(() => new EventStreamSerde()).toThrow('event streams are not part of this bundle');
});
