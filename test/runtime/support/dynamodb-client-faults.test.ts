import dns from 'node:dns';
import { crc32 } from 'node:zlib';
import { ATTEMPT_MS } from '../../../src/runtime/support/sdk-client-settings';
import { calls, check, Expected, finds, FOUND, ITEM, play, playBoth, times, World } from '../../support/dynamodb-scenario';
import {
  Behaviour, Exchange, FaultyDynamoDb, answers, answersGarbage, answersHtml, breaksOff, closes, fails, resets,
} from '../../support/faulty-dynamodb';

const NAMESPACE = 'com.amazonaws.dynamodb.v20120810#';

/** Never answers. */
const hangs: (world: World) => Behaviour = ({ client }) => () => client.attemptEnds();

/** Sends the headers and half of the body. */
const stalls: (world: World) => Behaviour = ({ client }) => async ({ response }) => {
  response.removeHeader('date');
  response.writeHead(200, { 'content-length': 100 }).write('{"Item":{"pk":');
  await client.headersArrived();
  await client.attemptEnds();
};

/** Answers late. */
const isSlow = (ms: number): Behaviour => async (exchange) => {
  await jest.advanceTimersByTimeAsync(ms);
  await finds(exchange);
};

describe('an answer', () => {
  const text = 'Müller 🚀 '.repeat(30_000).slice(0, 300_000);

  test.each<[string, Behaviour, Partial<Expected>]>([
    ['with an item', finds, { value: FOUND }],
    ['without an item', answers({}), { value: {} }],
    ['with an empty body', answers(''), { value: {} }],
    ['that is null', answers('null'), { value: {} }],
    ['with members that the client does not know', answers({ ...FOUND, ConsumedCapacity: { TableName: 'TaskStatus', CapacityUnits: 0.5 } }), {
      value: { ...FOUND, ConsumedCapacity: { TableName: 'TaskStatus', CapacityUnits: 0.5 } },
    }],
    ['that is not JSON', answers('<html>'), { error: { name: 'SyntaxError', httpStatusCode: 200 } }],
    ['that is cut short as JSON', answers('{"Item":'), { error: { name: 'SyntaxError', httpStatusCode: 200 } }],
    ['with a right checksum', answers(FOUND, { crc32: crc32(JSON.stringify(FOUND)) }), { value: FOUND }],
    ['without a checksum', answers(FOUND, { crc32: 'none' }), { value: FOUND }],
    ['in a single piece', answers({ Item: { text: { S: text } } }), { value: { Item: { text: { S: text } } } }],
    // 1021 is a prime number, so that characters are cut at each of their bytes.
    ['in pieces that cut characters', answers({ Item: { text: { S: text } } }, { pieceBytes: 1021 }), { value: { Item: { text: { S: text } } } }],
    ['in chunks', async ({ response }) => {
      for (const piece of ['{"Item":', JSON.stringify(ITEM), '}']) await new Promise((resolve) => response.write(piece, resolve));
      response.end();
    }, { value: FOUND }],
  ])('%s is the same to both clients', async (_, behaviour, expected) => {
    await playBoth({ script: [behaviour] }, { attempts: ['200'], pauses: [], ...expected });
  });

  test('that is not JSON is not part of the error, while the SDK quotes it', async () => {
    const script = [answers('a secret')];
    expect((await play('own', { script })).outcomes).toMatchObject([{ error: { name: 'SyntaxError', hasSecrets: false } }]);
    expect((await play('sdk', { script })).outcomes).toMatchObject([{ error: { name: 'SyntaxError', hasSecrets: true } }]);
  });
});

describe('a failure that passes', () => {
  test.each<[string, Behaviour | ((world: World) => Behaviour), string, Record<string, unknown>]>([
    ['500', fails('InternalServerError', { status: 500 }), '500', { name: 'InternalServerError', httpStatusCode: 500 }],
    ['a page with 500', answersHtml(500), '500', { name: 'SyntaxError', httpStatusCode: 500 }],
    ['a page with 502', answersHtml(502), '502', { name: 'SyntaxError', httpStatusCode: 502 }],
    ['a page with 503', answersHtml(503), '503', { name: 'SyntaxError', httpStatusCode: 503 }],
    ['a page with 504', answersHtml(504), '504', { name: 'SyntaxError', httpStatusCode: 504 }],
    ['503 without a body', answers('', { status: 503, crc32: 'none' }), '503', { httpStatusCode: 503 }],
    ['503 with JSON that is no object', answers('"busy"', { status: 503, crc32: 'none' }), '503', { httpStatusCode: 503 }],
    ['503 with null', answers('null', { status: 503, crc32: 'none' }), '503', { name: 'Unknown', httpStatusCode: 503 }],
    ['429', answers({}, { status: 429 }), '429', { httpStatusCode: 429 }],
    ['throttling of the table', fails('ProvisionedThroughputExceededException'), '400', { name: 'ProvisionedThroughputExceededException', httpStatusCode: 400 }],
    ['throttling of the account', fails('ThrottlingException'), '400', { name: 'ThrottlingException', httpStatusCode: 400 }],
    ['throttling of requests', fails('RequestLimitExceeded'), '400', { name: 'RequestLimitExceeded', httpStatusCode: 400 }],
    ['a transaction in progress', fails('TransactionInProgressException'), '400', { name: 'TransactionInProgressException', httpStatusCode: 400 }],
    ['a closed connection', closes, 'ECONNRESET', { name: 'TimeoutError', code: 'ECONNRESET', httpStatusCode: undefined }],
    ['a reset connection', resets, 'ECONNRESET', { name: 'TimeoutError', code: 'ECONNRESET', httpStatusCode: undefined }],
    ['an answer that ends too early', breaksOff('content-length'), '200, then ECONNRESET', { code: 'ECONNRESET' }],
    ['an answer in chunks that ends too early', breaksOff('chunked'), '200, then ECONNRESET', { code: 'ECONNRESET' }],
    ['a connection that is reset within the answer', breaksOff('reset'), '200, then ECONNRESET', { code: 'ECONNRESET' }],
    ['no answer', hangs, 'ETIMEDOUT', { name: 'TimeoutError', code: 'ETIMEDOUT' }],
    ['an answer that stops', stalls, '200, then TimeoutError', { name: 'TimeoutError' }],
  ])('%s is repeated, up to three attempts', async (_, behaviour, outcome, error) => {
    const failing = (world: World) => behaviour === hangs || behaviour === stalls ? behaviour(world) : behaviour as Behaviour;
    await playBoth({ script: (world) => [failing(world), finds] }, { value: FOUND, attempts: [outcome, '200'] });
    await playBoth({ script: (world) => [failing(world), failing(world), finds] }, { value: FOUND, attempts: [outcome, outcome, '200'] });
    await playBoth({ script: (world) => [failing(world)] }, { error, attempts: [outcome, outcome, outcome] });
  });

  test('different failures share the attempts of a call', async () => {
    await playBoth({ script: [answersHtml(503), closes, fails('ThrottlingException'), finds] }, {
      error: { name: 'ThrottlingException' }, attempts: ['503', 'ECONNRESET', '400'],
    });
  });
});

describe('an error that stays', () => {
  test.each<[string, Behaviour, Record<string, unknown>]>([
    ['AccessDeniedException', fails('AccessDeniedException', { message: 'not authorized' }), { message: 'not authorized' }],
    ['ValidationException', fails('ValidationException', { message: 'wrong' }), { message: 'wrong' }],
    ['ResourceNotFoundException', fails('ResourceNotFoundException'), {}],
    ['ItemCollectionSizeLimitExceededException', fails('ItemCollectionSizeLimitExceededException'), {}],
    ['TransactionConflictException', fails('TransactionConflictException'), {}],
    ['ConditionalCheckFailedException', fails('ConditionalCheckFailedException', { message: 'The conditional request failed' }), {
      message: 'The conditional request failed', isConditionalCheckFailed: true, Item: undefined,
    }],
    ['ConditionalCheckFailedException', fails('ConditionalCheckFailedException', { body: FOUND }), { isConditionalCheckFailed: true, Item: ITEM }],
    ['ConditionalCheckFailedException', answers({ __type: 'ConditionalCheckFailedException', Message: 'short', Item: ITEM }, { status: 400 }), {
      isConditionalCheckFailed: true, Item: ITEM, message: 'short',
    }],
    ['ExpiredTokenException', fails('ExpiredTokenException'), {}],
    ['UnrecognizedClientException', fails('UnrecognizedClientException'), {}],
    ['IncompleteSignatureException', fails('IncompleteSignatureException'), {}],
    ['InvalidSignatureException', fails('InvalidSignatureException', { message: 'the signature does not match' }), {}],
    ['SomethingNewException', fails('SomethingNewException'), { message: 'SomethingNewException happened' }],
    ['SomethingNewException', answers({ __type: 'SomethingNewException', message: 'm' }, { status: 400 }), { message: 'm' }],
    ['SomethingNewException', answers({ __type: `${NAMESPACE}SomethingNewException`, Message: 'M' }, { status: 400 }), { message: 'M' }],
    ['ValidationException', answers({ __type: 'com.amazon.coral.validate#ValidationException', Message: 'M' }, { status: 400 }), { message: 'M' }],
    ['ValidationException', answers({ __type: 'ValidationException' }, { status: 400 }), {}],
    ['ValidationException', answers({ __type: `${NAMESPACE}ValidationException:http://internal.amazon.com/coral/`, message: 'm' }, { status: 400 }), {}],
    ['ValidationException', answers({ code: 'ValidationException', message: 'm' }, { status: 400 }), {}],
    ['ValidationException', answers({ message: 'm' }, { status: 400, headers: { 'x-amzn-errortype': `${NAMESPACE}ValidationException:` } }), {}],
    ['LimitedException', answers({ __type: 'LimitedException', message: 'm' }, { status: 501 }), { httpStatusCode: 501 }],
    ['Unknown', answers({}, { status: 400 }), {}],
    ['Unknown', answers('null', { status: 400 }), {}],
    ['Unknown', answers('', { status: 404 }), { httpStatusCode: 404 }],
    ['Unknown', answers({ message: 'moved' }, { status: 301 }), { httpStatusCode: 301 }],
    ['SyntaxError', answers('<html>', { status: 400 }), {}],
    ['SyntaxError', answersHtml(403), { httpStatusCode: 403 }],
  ])('%s is not repeated', async (name, behaviour, error) => {
    const { httpStatusCode = 400 } = error;
    const env = { AWS_SESSION_TOKEN: 'the token' };
    await playBoth({ script: [behaviour, finds], env }, {
      error: { name, httpStatusCode, ...error }, attempts: [String(httpStatusCode)], pauses: [],
    });
  });

  test('an answer that is not HTTP is not repeated', async () => {
    await playBoth({ script: [answersGarbage, finds] }, { error: { code: 'HPE_INVALID_CONSTANT' }, attempts: ['HPE_INVALID_CONSTANT'] });
  });
});

describe('time', () => {
  test('an attempt may take five seconds', async () => {
    const { attempts } = await playBoth({ script: (world) => [hangs(world), stalls(world), finds] }, {
      value: FOUND, attempts: ['ETIMEDOUT', '200, then TimeoutError', '200'],
    });
    expect(attempts.map(({ ms }) => ms)).toEqual([ATTEMPT_MS, ATTEMPT_MS, 0]);
  });

  test('an answer that comes just in time is one', async () => {
    await playBoth({ script: [isSlow(ATTEMPT_MS - 1)] }, { value: FOUND, attempts: ['200'] });
  });

  test('the time of the headers counts', async () => {
    const { attempts } = await playBoth({
      script: (world) => [
        async ({ response }) => {
          await jest.advanceTimersByTimeAsync(4_000);
          response.removeHeader('date');
          response.writeHead(200, { 'content-length': 100 }).write('{');
          await world.client.headersArrived();
          await world.client.attemptEnds();
        },
        finds,
      ],
    }, { value: FOUND, attempts: ['200, then TimeoutError', '200'] });
    expect(attempts[0].ms).toBe(ATTEMPT_MS);
  });

  test.each([['headers', hangs, 'ETIMEDOUT'], ['body', stalls, '200, then TimeoutError']] as const)(
    'an attempt without %s ends with the time of the invocation, and none follows', async (_, behaviour, outcome) => {
      const { attempts } = await playBoth({ script: (world) => [behaviour(world)], remainingMs: ATTEMPT_MS + 2_000 }, {
        error: { name: 'OutOfTime' }, attempts: [outcome, outcome, 'OutOfTime'],
      });
      expect(attempts.map(({ ms }) => ms)).toEqual([ATTEMPT_MS, 2_000, 0]);
    },
  );

  test.each([0, -1])('no request is made if %d ms are left', async (remainingMs) => {
    const { requests } = await playBoth({ remainingMs }, { error: { name: 'OutOfTime' }, attempts: ['OutOfTime'], pauses: [] });
    expect(requests).toEqual([]);
  });

  test.each([60, 100])('%d calls at once do not wait for one another', async (count) => {
    const answersAllAtOnce = (): Behaviour => {
      const waiting: Exchange[] = [];
      return async (exchange) => {
        if (waiting.push(exchange) < count) return;
        // Longer than the time for a connection, shorter than that for an answer.
        await jest.advanceTimersByTimeAsync(4_000);
        await Promise.all(waiting.map(finds));
      };
    };
    const steps = async ({ client }: World) => void await Promise.all(times(count, undefined).map(() => client.send()));
    const { outcomes } = await playBoth({ script: () => [answersAllAtOnce()], steps }, { value: FOUND, attempts: times(count, '200'), pauses: [] });
    expect(outcomes).toEqual(times(count, { value: FOUND }));
  });
});

describe('pauses and the quota of retries', () => {
  const internal = fails('InternalServerError', { status: 500 });
  const throttled = fails('ThrottlingException');

  test.each([
    ['500', internal, [0, 0], [12, 25], [24, 49]],
    ['a page with 503', answersHtml(503), [0, 0], [12, 25], [24, 49]],
    ['a closed connection', closes, [0, 0], [12, 25], [24, 49]],
    ['throttling', throttled, [0, 0], [500, 1_000], [999, 1_999]],
    ['429', answers({}, { status: 429 }), [0, 0], [500, 1_000], [999, 1_999]],
  ] as const)('the pauses after %s have full jitter', async (_, behaviour, ...pauses) => {
    for (const [index, random] of [0, 0.5, 0.9995].entries()) {
      expect(await playBoth({ script: [behaviour], random })).toMatchObject({ pauses: pauses[index] });
    }
  });

  test.each([
    ['Retry-After in seconds', { 'retry-after': '2' }, 2_000],
    ['Retry-After as a date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:03 GMT' }, 3_000],
    ['Retry-After that is too long', { 'retry-after': '3600' }, 5_012],
    ['Retry-After that is shorter than the pause', { 'retry-after': '0' }, 12],
    ['Retry-After that nobody understands', { 'retry-after': 'soon' }, 12],
    ['x-amz-retry-after', { 'x-amz-retry-after': '1500' }, 1_500],
    ['x-amz-retry-after that nobody understands', { 'x-amz-retry-after': 'soon' }, 12],
  ])('%s decides about the pause', async (_, headers, pause) => {
    const refuses = fails('InternalServerError', { status: 503, headers });
    await playBoth({ script: [refuses, finds] }, { value: FOUND, attempts: ['503', '200'], pauses: [pause] });
    // A page has its headers, too.
    await playBoth({ script: [answers('<html>', { status: 503, headers }), finds] }, { value: FOUND, attempts: ['503', '200'], pauses: [pause] });
  });

  /** Makes calls one after the other, and returns the number of requests of each. */
  async function requestsOf(count: number, script: Behaviour[]): Promise<number[]> {
    const { requests } = await playBoth({ script, steps: calls(count) });
    return times(count, 0).map((_, index) => requests.filter(({ call }) => call === index + 1).length);
  }

  test('many errors in a row leave no retries', async () => {
    // 500 tokens, 14 for each retry.
    expect(await requestsOf(60, [internal])).toEqual([...times(17, 3), 2, ...times(42, 1)]);
  });

  test('throttling costs less', async () => {
    expect(await requestsOf(60, [throttled])).toEqual([...times(50, 3), ...times(10, 1)]);
  });

  test('a success after a retry gives its cost back', async () => {
    expect(await requestsOf(60, [...times(60, [internal, finds]).flat(), internal])).toEqual(times(60, 2));
  });

  test('each success gives one token back', async () => {
    const script = [...times(53, internal), ...times(17, finds), internal];
    expect(await requestsOf(40, script)).toEqual([...times(17, 3), 2, ...times(17, 1), 2, ...times(4, 1)]);
  });
});

describe('a server that cannot be reached', () => {
  test('a refused connection is repeated', async () => {
    await playBoth({
      steps: async ({ client, server }) => {
        await server.stop();
        await client.send();
      },
    }, { error: { name: 'Error', code: 'ECONNREFUSED' }, attempts: times(3, 'ECONNREFUSED') });
  });

  test('a server that starts before the second attempt is reached', async () => {
    let restarted: FaultyDynamoDb | undefined;
    await playBoth({
      steps: async ({ client, server }) => {
        await server.stop();
        client.onFailedAttempt = async () => {
          restarted = await FaultyDynamoDb.start(server.port);
          restarted.follow(finds);
        };
        await client.send().finally(() => restarted?.stop());
      },
    }, { value: FOUND, attempts: ['ECONNREFUSED', '200'] });
  });

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('a name that is not resolved (%s) is repeated', async (code) => {
    const { lookup } = dns;
    const names: string[] = [];
    jest.spyOn(dns, 'lookup').mockImplementation(((...[name, ...args]: any[]) => {
      if (name !== 'dynamodb.invalid') return (lookup as any)(name, ...args);
      names.push(name);
      setImmediate(args.at(-1), Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }));
    }) as any);
    await playBoth({ env: { AWS_ENDPOINT_URL: 'http://dynamodb.invalid:8000' } }, { error: { name: 'Error', code }, attempts: times(3, code) });
    expect(names).toHaveLength(6);
  });
});

describe('connections', () => {
  test.each<[string, Behaviour, number[]]>([
    ['an answer', finds, [1, 1, 1]],
    ['an empty answer', answers(''), [1, 1, 1]],
    ['an answer in pieces', answers(FOUND, { pieceBytes: 10 }), [1, 1, 1]],
    ['a failed condition', fails('ConditionalCheckFailedException', { body: FOUND }), [1, 1, 1]],
    ['an error', fails('ValidationException'), [1, 1, 1]],
    ['500', fails('InternalServerError', { status: 500 }), times(9, 1)],
    ['a page with 503', answersHtml(503), times(9, 1)],
    ['not JSON', answers('<html>'), [1, 1, 1]],
  ])('are kept after %s', async (_, behaviour, connections) => {
    const { requests } = await playBoth({ script: [behaviour], steps: calls(3) });
    expect(requests.map(({ connection }) => connection)).toEqual(connections);
  });

  test('are not kept after an answer that announces their end', async () => {
    const announces = answers(FOUND, { headers: { connection: 'close' } });
    await playBoth({ script: [announces], steps: calls(3) }, { value: FOUND, attempts: times(3, '200'), connections: [1, 2, 3] });
  });

  test('a connection that the server closed between two calls is not used', async () => {
    await playBoth({
      steps: async ({ client, server }) => {
        await client.send();
        server.closeConnections();
        await client.connectionClosed();
        await client.send();
      },
    }, { value: FOUND, attempts: ['200', '200'], connections: [1, 2] });
  });

  test.each([['closes', closes], ['resets', resets]])('a kept connection that the server %s at the next request is replaced', async (_, ends) => {
    await playBoth({ script: [finds, ends, finds], steps: calls(2) }, {
      value: FOUND, attempts: ['200', 'ECONNRESET', '200'], connections: [1, 1, 2],
    });
  });
});

// Version 2 of the SDK checked it, as AWS's SDKs for other languages still do. Version 3 does not.
describe('a wrong checksum', () => {
  const corrupts = answers(FOUND, { crc32: 1 });

  test('is repeated, while the SDK does not look at it', async () => {
    check(await play('own', { script: [corrupts, corrupts, finds] }), { value: FOUND, attempts: ['200', '200', '200'], pauses: [12, 25] });
    check(await play('sdk', { script: [corrupts] }), { value: FOUND, attempts: ['200'] });
  });

  test('fails the call if it stays', async () => {
    check(await play('own', { script: [corrupts] }), { error: { name: 'CRC32CheckFailed', httpStatusCode: 200 }, attempts: ['200', '200', '200'] });
  });

  test('of an error is repeated as well', async () => {
    const script = [fails('ConditionalCheckFailedException', { crc32: 1 }), finds];
    check(await play('own', { script }), { value: FOUND, attempts: ['400', '200'] });
    check(await play('sdk', { script }), { error: { name: 'ConditionalCheckFailedException' }, attempts: ['400'] });
  });
});
