import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { OutOfTime } from '../../../src/runtime/support/time-budget';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn() }));

const eventbridge = mockClient(EventBridgeClient);
const sender = new EventSender(new EventBridgeClient({}));

beforeEach(() => {
  eventbridge.reset();
  jest.spyOn(console, 'warn').mockImplementation();
});

function entries(count: number, bytes = 100): PutEventsRequestEntry[] {
  return Array.from({ length: count }, (_, i) => ({ Source: 's', DetailType: 't', Detail: String(i).padEnd(bytes - 2, ' ') }));
}

const refusal = (entry: number, isPermanent: boolean) =>
  ({ entry: expect.objectContaining({ Detail: String(entry).padEnd(98) }), isPermanent });

/** Mocks EventBridge. `refuses` gets the number of an entry and of its attempt; returns whether it is refused, or the code of the error. */
function eventBridgeThat(refuses: (entry: number, attempt: number) => boolean | string): string[][] {
  const attempts = new Map<string, number>();
  const calls: string[][] = [];
  eventbridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    const numbers = Entries.map(({ Detail }) => Detail!.trim());
    calls.push(numbers);
    const results = numbers.map((number) => {
      attempts.set(number, (attempts.get(number) ?? 0) + 1);
      const code = refuses(Number(number), attempts.get(number)!);
      return code ? { ErrorCode: code === true ? 'ThrottlingException' : code, ErrorMessage: 'refused' } : { EventId: number };
    });
    return { FailedEntryCount: results.filter(({ ErrorCode }: { ErrorCode?: string }) => ErrorCode).length, Entries: results };
  });
  return calls;
}

test('sends at most ten entries in a call', async () => {
  const calls = eventBridgeThat(() => false);
  expect(await sender.send(entries(21))).toEqual([]);
  expect(calls.map(({ length }) => length)).toEqual([10, 10, 1]);
});

test('sends at most 256 KiB in a call', async () => {
  const calls = eventBridgeThat(() => false);
  await sender.send(entries(5, 100 * 1024));
  expect(calls.map(({ length }) => length)).toEqual([2, 2, 1]);
});

test('sends a call of exactly 256 KiB', async () => {
  const calls = eventBridgeThat(() => false);
  await sender.send(entries(2, 128 * 1024));
  expect(calls).toHaveLength(1);
});

test('sends an entry over 256 KiB in its own call', async () => {
  const calls = eventBridgeThat(() => false);
  await sender.send([...entries(1), ...entries(1, 300 * 1024), ...entries(1)]);
  expect(calls.map(({ length }) => length)).toEqual([1, 1, 1]);
});

test('repeats only the refused entries, after a pause', async () => {
  const calls = eventBridgeThat((entry, attempt) => entry % 4 === 1 && attempt < 3);
  expect(await sender.send(entries(10))).toEqual([]);
  expect(calls.slice(1)).toEqual([['1', '5', '9'], ['1', '5', '9']]);
  expect(delay).toHaveBeenCalledTimes(2);
});

test('returns the entries that were refused each time', async () => {
  const calls = eventBridgeThat((entry) => entry === 3 || entry === 14);
  expect(await sender.send(entries(20))).toEqual([refusal(3, false), refusal(14, false)]);
  expect(calls.filter((call) => call.includes('3'))).toHaveLength(4);
});

test('repeats a call that failed', async () => {
  eventbridge.on(PutEventsCommand).rejectsOnce(new Error('no connection')).resolves({ FailedEntryCount: 0 });
  expect(await sender.send(entries(2))).toEqual([]);
  expect(eventbridge.calls()).toHaveLength(2);
});

test('returns all entries of a call that failed each time', async () => {
  eventbridge.on(PutEventsCommand).rejects(new Error('no bus'));
  expect(await sender.send(entries(2))).toEqual([refusal(0, false), refusal(1, false)]);
  expect(eventbridge.calls()).toHaveLength(4);
});

test.each(['MalformedDetail', 'InvalidArgument', 'ValidationException'])('does not repeat an entry that was refused with %s', async (code) => {
  const calls = eventBridgeThat((entry) => entry === 1 && code);
  expect(await sender.send(entries(3))).toEqual([refusal(1, true)]);
  expect(calls).toHaveLength(1);
});

test.each(['NotAuthorizedForSourceException', 'AccessDeniedException', 'InternalFailure', 'ThrottlingException'])(
  'repeats an entry that was refused with %s', async (code) => {
    const calls = eventBridgeThat((entry, attempt) => entry === 1 && attempt === 1 && code);
    expect(await sender.send(entries(3))).toEqual([]);
    expect(calls).toEqual([['0', '1', '2'], ['1']]);
  });

test('returns whether an entry was refused permanently', async () => {
  const calls = eventBridgeThat((entry) => entry === 1 ? 'MalformedDetail' : entry === 2);
  expect(await sender.send(entries(3))).toEqual([refusal(1, true), refusal(2, false)]);
  expect(calls.slice(1)).toEqual([['2'], ['2'], ['2']]);
});

test('gives up at once if the invocation has no time left', async () => {
  jest.mocked(delay).mockClear();
  eventbridge.on(PutEventsCommand).rejects(new OutOfTime());
  expect(await sender.send(entries(2))).toEqual([refusal(0, false), refusal(1, false)]);
  expect(eventbridge.calls()).toHaveLength(1);
  expect(delay).not.toHaveBeenCalled();
});

test('has at most ten calls in flight', async () => {
  const counts = { running: 0, most: 0 };
  eventbridge.on(PutEventsCommand).callsFake(async () => {
    counts.most = Math.max(counts.most, ++counts.running);
    await new Promise(setImmediate);
    counts.running--;
    return { FailedEntryCount: 0 };
  });
  await sender.send(entries(201));
  expect(counts).toEqual({ running: 0, most: 10 });
});

describe('a call that EventBridge refuses as invalid', () => {
  const invalid = () => Object.assign(new Error('1 validation error detected: secret'), { name: 'ValidationException' });

  test('is split to find the invalid entry', async () => {
    const calls: string[][] = [];
    eventbridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
      calls.push(Entries.map(({ Detail }) => Detail!.trim()));
      if (calls.at(-1)!.includes('1')) throw invalid();
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    });
    expect(await sender.send(entries(3))).toEqual([refusal(1, true)]);
    expect(calls).toEqual([['0', '1', '2'], ['0'], ['1'], ['2']]);
  });

  test('leaves entries for later if there is no time to try them one by one', async () => {
    eventbridge.on(PutEventsCommand).rejectsOnce(invalid()).rejectsOnce(invalid()).rejects(new OutOfTime());
    expect(await sender.send(entries(2))).toEqual([refusal(0, true), refusal(1, false)]);
    expect(eventbridge.calls()).toHaveLength(3);
  });

  test('is not repeated if it has one entry', async () => {
    eventbridge.on(PutEventsCommand).rejects(invalid());
    expect(await sender.send(entries(1))).toEqual([refusal(0, true)]);
    expect(eventbridge.calls()).toHaveLength(1);
  });

  test('has its other entries repeated if they are throttled', async () => {
    eventbridge.on(PutEventsCommand)
      .rejectsOnce(invalid())
      .rejectsOnce(invalid())
      .resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] })
      .resolves({ FailedEntryCount: 0 });
    expect(await sender.send(entries(2))).toEqual([refusal(0, true)]);
    expect(eventbridge.calls()).toHaveLength(4);
  });

  test('is logged with the name of its error only', async () => {
    eventbridge.on(PutEventsCommand).rejects(invalid());
    await sender.send(entries(1));
    expect(console.warn).toHaveBeenCalledWith({ message: 'PutEvents failed', error: 'ValidationException' });
    expect(JSON.stringify(jest.mocked(console.warn).mock.calls)).not.toContain('secret');
  });
});

test('accepts a reply without entries if it counts none as failed', async () => {
  eventbridge.on(PutEventsCommand).resolves({});
  expect(await sender.send(entries(1))).toEqual([]);
});

test('logs the error codes of refused entries, without their contents', async () => {
  eventBridgeThat(() => true);
  await sender.send([{ Source: 's', DetailType: 't', Detail: '1 secret' }]);
  expect(console.warn).toHaveBeenCalledWith({ message: 'PutEvents refused entries', errors: ['ThrottlingException'] });
  expect(JSON.stringify(jest.mocked(console.warn).mock.calls)).not.toContain('secret');
});

test('makes no call if there are no entries', async () => {
  const calls = eventBridgeThat(() => false);
  expect(await sender.send([])).toEqual([]);
  expect(calls).toEqual([]);
});
