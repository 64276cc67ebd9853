import { handOverEvent, parseSweepRequest } from '../../../src/runtime/task/sweep-request';

const ALL = Array.from({ length: 40 }, (_, shard) => shard);

test.each([
  ['the schedule', { 'version': '0', 'source': 'aws.events', 'detail-type': 'Scheduled Event', 'detail': {} }],
  ['an invocation without an event', null],
  ['an invocation with an empty event', {}],
  ['an invocation with a text', 'sweep'],
])('%s asks for all shards', (_, event) => {
  expect(parseSweepRequest(event)).toEqual({ shards: ALL, isHandedOver: false });
});

test('an event that hands over shards is parsed to these shards', () => {
  const event = JSON.parse(JSON.stringify(handOverEvent([0, 7, 39])));
  expect(event).toEqual({ handOver: { shards: [0, 7, 39] } });
  expect(parseSweepRequest(event)).toEqual({ shards: [0, 7, 39], isHandedOver: true });
});

test.each([
  null, {}, { shards: [] }, { shards: '1' }, { shards: ['1'] }, { shards: [-1] }, { shards: [40] }, { shards: [1.5] }, { shards: [1], further: 1 },
])('%j is refused as an event that hands over shards', (handOver) => {
  expect(() => parseSweepRequest({ handOver })).toThrow();
});
