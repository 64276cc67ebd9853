import { aConnection, ConsoleUnderTest } from './console-fixture';
import type { DeadLetterQueues } from '../../cli/src/dead-letters/dead-letters';
import { CommandError } from '../../cli/src/errors';

const calls: unknown[][] = [];
let answer: () => unknown;

/** Queues that answer as a test says. */
const deadLetters = new Proxy({}, {
  get: (_, method) => async (...parameters: unknown[]) => {
    calls.push([method, ...parameters]);
    return answer();
  },
}) as DeadLetterQueues;

let tested: ConsoleUnderTest;

beforeAll(async () => {
  tested = await ConsoleUnderTest.start(aConnection('https://api.example/', { deadLetters }));
});
beforeEach(() => {
  calls.length = 0;
  answer = () => ({ answer: 1 });
});
afterAll(() => tested.close());

test.each([
  ['GET', 'dead-letters', ['list']],
  ['GET', 'dead-letters/publisher', ['show', 'publisher', { limit: 20 }]],
  ['GET', 'dead-letters/event-bus?limit=100', ['show', 'event-bus', { limit: 100 }]],
  ['GET', 'dead-letters/undelivered?limit=1', ['show', 'undelivered', { limit: 1 }]],
  ['POST', 'dead-letters/updater/redrive', ['redrive', 'updater']],
])('%s %s is answered by the queues', async (method, path, call) => {
  const reply = await tested.send({ method, path });
  expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"answer":1}' });
  expect(calls).toEqual([call]);
});

test.each(['0', '101', '-1', '1.5', '1e1', 'a', '', '%31%30%30%30'])("the limit '%s' is refused", async (limit) => {
  const { status, body } = await tested.send({ path: `dead-letters/updater?limit=${limit}` });
  expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 400, detail: 'limit must be a whole number from 1 to 100' });
  expect(calls).toEqual([]);
});

test.each([
  ['GET', 'dead-letters/other'], ['GET', 'dead-letters/UPDATER'], ['GET', 'dead-letters/updater/redrive'], ['GET', 'dead-letters/'],
  ['POST', 'dead-letters'], ['POST', 'dead-letters/updater'], ['POST', 'dead-letters/other/redrive'], ['DELETE', 'dead-letters/updater'],
  ['POST', 'dead-letters/%75pdater/redrive'], ['POST', 'dead-letters/constructor/redrive'],
])('%s %s is not found', async (method, path) => {
  expect(await tested.status({ method, path })).toBe(404);
  expect(calls).toEqual([]);
});

test('a redrive of another page does nothing', async () => {
  expect(await tested.status({ method: 'POST', path: 'dead-letters/updater/redrive', headers: { Origin: 'http://evil.example' } })).toBe(403);
  expect(calls).toEqual([]);
});

test.each([
  ['of AWS', Object.assign(new Error('not authorized to perform sqs:ReceiveMessage'), { $metadata: {} }), 'not authorized to perform sqs:ReceiveMessage'],
  ['of the credentials', new CommandError('run aws sso login'), 'run aws sso login'],
])('an error %s is a bad gateway with its reason', async (_, error, reason) => {
  answer = () => {
    throw error;
  };
  const { status, body } = await tested.send({ path: 'dead-letters' });
  expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 502, detail: `AWS did not answer: ${reason}` });
});

test('an error that nobody expects has no details, and the console goes on', async () => {
  answer = () => {
    throw new Error('secret');
  };
  expect(await tested.send({ path: 'dead-letters' })).toMatchObject({ status: 500, body: '{"title":"Internal Server Error","status":500}' });
  answer = () => [];
  expect(await tested.status({ path: 'dead-letters' })).toBe(200);
});

test.each([['GET', 'dead-letters'], ['GET', 'dead-letters/updater'], ['POST', 'dead-letters/updater/redrive']])(
  '%s %s says how to see the queues if they are not known', async (method, path) => {
    const without = await ConsoleUnderTest.start(aConnection('https://api.example/'));
    const { status, body } = await without.send({ method, path });
    await without.close();
    expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 404, detail: 'the queues are not known: start the console with --stack' });
  });
