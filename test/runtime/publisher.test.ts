import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { Publisher } from '../../src/runtime/publisher';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn() }));

const eventbridge = mockClient(EventBridgeClient);
const publisher = new Publisher(new EventBridgeClient({}));

beforeEach(() => {
  eventbridge.reset();
  jest.spyOn(console, 'warn').mockImplementation();
});

function entries(count: number, bytes = 100): PutEventsRequestEntry[] {
  return Array.from({ length: count }, (_, i) => ({ Source: 's', DetailType: 't', Detail: String(i).padEnd(bytes - 2, ' ') }));
}

/** Answers like EventBridge; `refuses` says which entries, by their number and the attempt on them. */
function eventBridgeThat(refuses: (entry: number, attempt: number) => boolean): string[][] {
  const attempts = new Map<string, number>();
  const calls: string[][] = [];
  eventbridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    const numbers = Entries.map(({ Detail }) => Detail!.trim());
    calls.push(numbers);
    const results = numbers.map((number) => {
      attempts.set(number, (attempts.get(number) ?? 0) + 1);
      return refuses(Number(number), attempts.get(number)!) ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' } : { EventId: number };
    });
    return { FailedEntryCount: results.filter(({ ErrorCode }: { ErrorCode?: string }) => ErrorCode).length, Entries: results };
  });
  return calls;
}

test('sends ten entries a call', async () => {
  const calls = eventBridgeThat(() => false);
  expect(await publisher.publish(entries(21))).toEqual([]);
  expect(calls.map(({ length }) => length)).toEqual([10, 10, 1]);
});

test('sends no more than 256 KiB a call', async () => {
  const calls = eventBridgeThat(() => false);
  await publisher.publish(entries(5, 100 * 1024));
  expect(calls.map(({ length }) => length)).toEqual([2, 2, 1]);
});

test('fills a call to the last byte', async () => {
  const calls = eventBridgeThat(() => false);
  await publisher.publish(entries(2, 128 * 1024));
  expect(calls).toHaveLength(1);
});

test('sends an entry over 256 KiB alone, and leaves it to the bus to refuse it', async () => {
  const calls = eventBridgeThat(() => false);
  await publisher.publish([...entries(1), ...entries(1, 300 * 1024), ...entries(1)]);
  expect(calls.map(({ length }) => length)).toEqual([1, 1, 1]);
});

test('sends only the refused entries again, and later', async () => {
  const calls = eventBridgeThat((entry, attempt) => entry % 4 === 1 && attempt < 3);
  expect(await publisher.publish(entries(10))).toEqual([]);
  expect(calls.slice(1)).toEqual([['1', '5', '9'], ['1', '5', '9']]);
  expect(delay).toHaveBeenCalledTimes(2);
});

test('names the entries that were refused to the end', async () => {
  const calls = eventBridgeThat((entry) => entry === 3 || entry === 14);
  expect(await publisher.publish(entries(20))).toEqual([3, 14]);
  expect(calls.filter((call) => call.includes('3'))).toHaveLength(4);
});

test('counts every entry of a call that failed whole', async () => {
  eventbridge.on(PutEventsCommand).rejects(new Error('no bus'));
  expect(await publisher.publish(entries(2))).toEqual([0, 1]);
});

test('logs what was refused, and nothing of its content', async () => {
  eventBridgeThat(() => true);
  await publisher.publish([{ Source: 's', DetailType: 't', Detail: '1 secret' }]);
  expect(console.warn).toHaveBeenCalledWith({ message: 'PutEvents refused entries', errorCodes: ['ThrottlingException'] });
  expect(JSON.stringify(jest.mocked(console.warn).mock.calls)).not.toContain('secret');
});

test('makes no call for nothing', async () => {
  const calls = eventBridgeThat(() => false);
  expect(await publisher.publish([])).toEqual([]);
  expect(calls).toEqual([]);
});
