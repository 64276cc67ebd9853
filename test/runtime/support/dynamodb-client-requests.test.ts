import type { BatchGetItemCommandInput, PutItemCommandInput, QueryCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { ATTEMPT_MS } from '../../../src/runtime/support/sdk-client-settings';
import { ClientName } from '../../support/dynamodb-clients';
import { calls, check, finds, FOUND, ITEM, play, playBoth, times, World } from '../../support/dynamodb-scenario';
import { Behaviour, Exchange, answers, answersHtml, checksTime, closes, fails } from '../../support/faulty-dynamodb';

const HOUR_MS = 3_600_000;

describe('a clock that is wrong', () => {
  const refusals = ['InvalidSignatureException', 'RequestTimeTooSkewed', 'RequestExpired', 'AccessDeniedException'];
  const skews = [['ahead', 3 * HOUR_MS], ['behind', -26 * HOUR_MS], ['a little ahead', 6 * 60_000]] as const;

  test.each(skews.flatMap(([name, ms]) => refusals.map((refusal) => [refusal, name, ms] as const)))(
    '%s of a server that is %s is repeated with its time, and so are the next calls', async (refusal, _, ms) => {
      const { requests } = await playBoth({
        script: [checksTime(finds, refusal)],
        steps: async ({ client, server }) => {
          server.aheadMs = ms;
          await client.send();
          await client.send();
        },
      }, { value: FOUND, attempts: ['400', '200', '200'] });
      expect(requests.map(({ headers }) => headers['x-amz-date'])).toEqual([amzDate(0), amzDate(ms), amzDate(ms)]);
    },
  );

  test.each(refusals)('%s of a server whose time is right is not repeated', async (refusal) => {
    await playBoth({
      script: [fails(refusal), finds],
      steps: async ({ client, server }) => {
        server.aheadMs = 3 * 60_000;
        await client.send();
      },
    }, { error: { name: refusal, httpStatusCode: 400 }, attempts: ['400'] });
  });

  test('an error of a server whose time is known is not repeated', async () => {
    await playBoth({
      script: [finds, fails('ConditionalCheckFailedException'), finds],
      steps: async ({ client, server }) => {
        server.aheadMs = 3 * HOUR_MS;
        await client.send();
        await client.send();
      },
    }, { error: { name: 'ConditionalCheckFailedException' }, attempts: ['200', '400'] });
  });

  test('the time of an answer is that of the next call', async () => {
    const { requests } = await playBoth({
      steps: async ({ client, server }) => {
        server.aheadMs = 3 * HOUR_MS;
        await client.send();
        server.aheadMs = 0;
        await client.send();
        await client.send();
      },
    }, { value: FOUND, attempts: ['200', '200', '200'] });
    expect(requests.map(({ headers }) => headers['x-amz-date'])).toEqual([amzDate(0), amzDate(3 * HOUR_MS), amzDate(0)]);
  });

  test.each<[string, Behaviour]>([
    ['an error', fails('ConditionalCheckFailedException')],
    ['500', fails('InternalServerError', { status: 500 })],
    ['a page with 503', answersHtml(503)],
    ['not JSON', answers('<html>')],
  ])('the time of %s is that of the next request', async (_, behaviour) => {
    const steps = async ({ client, server }: World) => {
      server.aheadMs = HOUR_MS;
      await client.send();
      await client.send();
    };
    const { requests } = await playBoth({ script: [behaviour, finds], steps });
    expect(requests[1].headers['x-amz-date']).toBe(amzDate(HOUR_MS));
  });

  // The SDK reads its own clock when the body has ended, or failed, and is wrong by the time that took.
  test('the time of an answer counts when its headers arrive', async () => {
    const stallsWithDate = ({ client }: World): Behaviour => async ({ response }) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      await client.headersArrived();
      await client.attemptEnds();
    };
    const script = (world: World) => [stallsWithDate(world), finds];
    const dates = async (name: ClientName) => (await play(name, { script })).requests.map(({ headers }) => headers['x-amz-date']);
    expect(await dates('own')).toEqual([amzDate(0), amzDate(ATTEMPT_MS)]);
    expect(await dates('sdk')).toEqual([amzDate(0), amzDate(0)]);
  });

  test('calls that were refused at once are all repeated', async () => {
    const steps = async ({ client, server }: World) => {
      server.aheadMs = 3 * HOUR_MS;
      await Promise.all(times(10, 0).map(() => client.send()));
    };
    // All are sent before the first answer.
    const refuses = (): Behaviour => {
      const waiting: Exchange[] = [];
      return async (exchange) => {
        const count = waiting.push(exchange);
        if (count === 10) await Promise.all(waiting.map(checksTime(finds)));
        if (count > 10) await checksTime(finds)(exchange);
      };
    };
    const { outcomes } = await playBoth({ script: () => [refuses()], steps, random: 0 });
    expect(outcomes).toEqual(times(10, { value: FOUND }));
  });

  test.each([
    ['without a date', { date: 'yesterday' }],
    ['from a cache', { age: '60' }],
  ])('an answer %s does not change the time', async (_, headers) => {
    const { requests } = await playBoth({
      script: [answers(FOUND, { headers })],
      steps: async ({ client, server }) => {
        server.aheadMs = HOUR_MS;
        await client.send();
        await client.send();
      },
    }, { value: FOUND, attempts: ['200', '200'] });
    expect(requests.map(({ headers: sent }) => sent['x-amz-date'])).toEqual([amzDate(0), amzDate(0)]);
  });

  test('a request that is refused for good is not repeated for ever', async () => {
    await playBoth({
      script: [fails('InvalidSignatureException', { message: 'Signature expired: it is now later' })],
      steps: async ({ client, server }) => {
        server.aheadMs = 3 * HOUR_MS;
        await client.send();
      },
    }, { error: { name: 'InvalidSignatureException', httpStatusCode: 400 }, attempts: ['400', '400', '400'] });
  });

  test.each([['stood still', 5 * HOUR_MS], ['was set back', -5 * HOUR_MS]])(
    'a client whose clock %s while it was frozen uses the time of the server', async (_, ms) => {
      const { requests } = await playBoth({
        script: [checksTime(finds)],
        steps: async ({ client, server }) => {
          await client.send();
          // The server closed the connection meanwhile.
          server.closeConnections();
          await client.connectionClosed();
          server.aheadMs = ms;
          await client.send();
        },
      }, { value: FOUND, attempts: ['200', '400', '200'], connections: [1, 2, 2] });
      expect(requests.map(({ headers }) => headers['x-amz-date'])).toEqual([amzDate(0), amzDate(0), amzDate(ms)]);
    },
  );

  test('a client that wakes after hours with the right time succeeds at once', async () => {
    const { requests } = await playBoth({
      script: [checksTime(finds), closes, checksTime(finds)],
      steps: async ({ client }) => {
        await client.send();
        jest.setSystemTime(Date.now() + 5 * HOUR_MS);
        await client.send();
      },
    }, { value: FOUND, attempts: ['200', 'ECONNRESET', '200'], connections: [1, 1, 2] });
    expect(requests.map(({ headers }) => headers['x-amz-date'])).toEqual([amzDate(0), amzDate(5 * HOUR_MS), amzDate(5 * HOUR_MS)]);
  });

  test('a frozen call whose answer waited for hours does not change the time', async () => {
    const { requests } = await playBoth({
      script: [async (exchange) => {
        // The answer has the time from before.
        jest.setSystemTime(Date.now() + 5 * HOUR_MS);
        await finds(exchange);
      }, finds],
      steps: calls(2),
    }, { value: FOUND, attempts: ['200', '200'] });
    expect(requests.map(({ headers }) => headers['x-amz-date'])).toEqual([amzDate(0), amzDate(5 * HOUR_MS)]);
  });

  function amzDate(afterMs: number): string {
    return new Date(Date.parse('2026-03-01T12:00:00Z') + afterMs).toISOString().replace(/[-:]|\.000/g, '');
  }
});

describe('credentials', () => {
  const known: Behaviour = (exchange) => {
    const keyId = /Credential=(\w+)/.exec(exchange.request.headers.authorization!)![1];
    return keyId === 'renewed' ? finds(exchange) : fails('ExpiredTokenException')(exchange);
  };

  const renewal = async ({ client }: World) => {
    await client.send();
    process.env.AWS_ACCESS_KEY_ID = 'renewed';
    process.env.AWS_SECRET_ACCESS_KEY = 'another secret';
    process.env.AWS_SESSION_TOKEN = 'renewed token';
    await client.send();
  };

  test('credentials that expire are read anew', async () => {
    // The SDK reads them anew five minutes before.
    const { requests } = await playBoth({ script: [known], steps: renewal, env: { AWS_CREDENTIAL_EXPIRATION: '2026-03-01T12:04:00Z' } }, {
      value: FOUND, attempts: ['400', '200'],
    });
    expect(requests.map(({ signature }) => signature.keyId)).toEqual(['test', 'renewed']);
    expect(requests.map(({ headers }) => headers['x-amz-security-token'])).toEqual([undefined, 'renewed token']);
  });

  // The SDK's client keeps credentials that do not say when they expire. To read them anew is cheap and can't be wrong.
  test('credentials of which nobody knows when they expire are read anew, while the SDK keeps them', async () => {
    check(await play('own', { script: [known], steps: renewal }), { value: FOUND, attempts: ['400', '200'] });
    check(await play('sdk', { script: [known], steps: renewal }), { error: { name: 'ExpiredTokenException' }, attempts: ['400', '400'] });
  });

  test('the token of a session is sent and signed', async () => {
    const { requests: [request] } = await playBoth({ env: { AWS_SESSION_TOKEN: 'token+/=' } }, { value: FOUND, attempts: ['200'] });
    expect(request.headers['x-amz-security-token']).toBe('token+/=');
    expect(request.signedHeaders).toContain('x-amz-security-token');
  });

  test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('without %s no request is made', async (name) => {
    for (const client of ['sdk', 'own'] as const) {
      const { outcomes, attempts } = await play(client, { env: { [name]: '' } });
      expect(outcomes).toMatchObject([{ error: { name: 'CredentialsProviderError', isError: true } }]);
      expect(attempts).toEqual([]);
    }
  });
});

describe('a request', () => {
  const TableName = 'TaskStatus';
  const inputs: [string, object, object][] = [
    ['PutItemCommand', {
      TableName,
      Item: { ...ITEM, text: { S: '"\u2028\\ Müller 🚀' } },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } satisfies PutItemCommandInput, {}],
    ['PutItemCommand', { TableName, Item: { text: { S: 'Müller 🚀 '.repeat(25_000) } } } satisfies PutItemCommandInput, {}],
    ['UpdateItemCommand', {
      TableName,
      Key: { pk: { S: 'task' } },
      UpdateExpression: 'SET #status = :status',
      ConditionExpression: undefined,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': { S: 'RUNNING' } },
      ReturnValues: 'ALL_NEW',
    } satisfies UpdateItemCommandInput, { Attributes: ITEM }],
    ['QueryCommand', {
      TableName,
      IndexName: 'Owners',
      KeyConditionExpression: 'o = :o',
      ExpressionAttributeValues: { ':o': { S: 'ann' } },
      ScanIndexForward: false,
      Limit: 20,
      ExclusiveStartKey: undefined,
    } satisfies QueryCommandInput, { Items: [ITEM, {}], Count: 2, ScannedCount: 2, LastEvaluatedKey: { pk: { S: 'task' } } }],
    ['BatchGetItemCommand', {
      RequestItems: { [TableName]: { Keys: [{ pk: { S: 'task' }, sk: { S: 'HEAD' } }] } },
    } satisfies BatchGetItemCommandInput, { Responses: { [TableName]: [ITEM] }, UnprocessedKeys: { [TableName]: { Keys: [{ pk: { S: 'other' } }] } } }],
  ];

  test.each(inputs)('of %s is the same from both clients', async (name, input, output) => {
    const { requests: [request] } = await playBoth({
      script: [answers(output)],
      steps: async ({ client }) => client.send(new (client.module as any)[name](input)),
    }, { value: output, attempts: ['200'] });
    expect(request).toMatchObject({
      method: 'POST',
      path: '/',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${name.replace('Command', '')}`,
        'content-type': 'application/x-amz-json-1.0',
        'content-length': String(Buffer.byteLength(JSON.stringify(input))),
        'amz-sdk-request': 'attempt=1; max=3',
      },
      signature: { keyId: 'test', scope: '20260301/eu-west-1/dynamodb/aws4_request' },
    });
    expect(request.body).toEqual(JSON.parse(JSON.stringify(input)));
  });

  test('to an endpoint with a path is signed', async () => {
    const { requests } = await playBoth({
      steps: calls(2),
      path: '/base/of%20all/',
    }, { value: FOUND, attempts: ['200', '200'] });
    expect(requests.map(({ path }) => path)).toEqual(times(2, '/base/of%20all/'));
  });

  test('counts its attempts', async () => {
    const { requests } = await playBoth({ script: [closes, answersHtml(503), finds] }, { value: FOUND, attempts: ['ECONNRESET', '503', '200'] });
    expect(requests.map(({ call, headers }) => [call, headers['amz-sdk-request']])).toEqual([
      [1, 'attempt=1; max=3'], [1, 'attempt=2; max=3'], [1, 'attempt=3; max=3'],
    ]);
  });

  test.each([
    ['in a function has its trace', { AWS_LAMBDA_FUNCTION_NAME: 'Api', _X_AMZN_TRACE_ID: 'Root=1-2-3;Sampled=1' }, 'Root=1-2-3;Sampled=1'],
    ['outside a function has no trace', { _X_AMZN_TRACE_ID: 'Root=1-2-3;Sampled=1' }, undefined],
    ['without a trace in the environment has none', { AWS_LAMBDA_FUNCTION_NAME: 'Api' }, undefined],
    ['with an empty trace in the environment has none', { AWS_LAMBDA_FUNCTION_NAME: 'Api', _X_AMZN_TRACE_ID: '' }, undefined],
  ])('%s', async (_, env, trace) => {
    const { requests: [request] } = await playBoth({ env }, { value: FOUND, attempts: ['200'] });
    expect(request.headers['x-amzn-trace-id']).toBe(trace);
  });

  test('has the trace of its invocation, not of the first one', async () => {
    const { requests } = await playBoth({
      env: { AWS_LAMBDA_FUNCTION_NAME: 'Api', _X_AMZN_TRACE_ID: 'Root=1' },
      steps: async ({ client }) => {
        await client.send();
        process.env._X_AMZN_TRACE_ID = 'Root=2';
        await client.send();
      },
    }, { value: FOUND, attempts: ['200', '200'] });
    expect(requests.map(({ headers }) => headers['x-amzn-trace-id'])).toEqual(['Root=1', 'Root=2']);
  });
});
