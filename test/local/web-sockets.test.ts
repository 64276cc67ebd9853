import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { ApiGatewayManagementApiClient, DeleteConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { IWebSocketRouteAuthorizer, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { ConnectionReply, ConnectionRequest } from './fixtures/connections.lambda';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { assumeRole } from '../support/assume-role';
import { bundleFunction } from '../support/deployed-app';
import { eventually } from '../support/eventually';
import { LiveSocket, openSocket, presigned, refusal, RefusedSocketError, signedHeaders, SocketOptions } from '../support/live-socket';
import { Credentials } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';
import { aUser } from '../support/users';

// Tests our fixes of the engine, and behavior that live updates rely on. It proves nothing about AWS.

jest.setTimeout(120_000);

const MANY = 500;

// Functions leave the events of handshakes in files, because only messages have a reply.
const KEEP = 'const keep = (name, event) => fs.writeFileSync(path.join(os.tmpdir(), name + encodeURIComponent(event.requestContext.connectionId)), JSON.stringify(event));';
const IMPORTS = 'const fs = require("fs"), os = require("os"), path = require("path");';
const HANDLE = `${IMPORTS} ${KEEP}
exports.handler = async event => {
  if (event.requestContext.eventType === 'CONNECT') {
    keep('connect', event);
    if (event.queryStringParameters?.how === 'throw') throw new Error('secret');
    return JSON.parse(event.queryStringParameters?.reply ?? '{"statusCode":200}');
  }
  if (event.requestContext.eventType === 'DISCONNECT') { keep('disconnect', event); return { statusCode: 200 }; }
  const message = event.body.startsWith('{') ? JSON.parse(event.body) : {};
  if (message.throw) throw new Error('secret');
  if (message.waitFor) while (!fs.existsSync(path.join(os.tmpdir(), message.waitFor))) await new Promise(resolve => setTimeout(resolve, 10));
  if (message.write) fs.writeFileSync(path.join(os.tmpdir(), message.write), '');
  if (message.read) {
    const file = path.join(os.tmpdir(), message.read + encodeURIComponent(message.of ?? event.requestContext.connectionId));
    return { statusCode: 200, body: fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : 'nothing' };
  }
  if (event.body.length > 10_000) return { statusCode: 200, body: String(event.body.length) };
  return 'reply' in message ? message.reply : { statusCode: 200, body: JSON.stringify(event) };
}`;
const AUTHORIZE = `${IMPORTS} ${KEEP}
exports.handler = async event => {
  keep('authorize', event);
  const { effect } = event.queryStringParameters ?? {};
  if (effect === 'Unauthorized') throw new Error('Unauthorized');
  if (effect === 'throw') throw new Error('secret');
  if (effect === 'nonsense') return 'nonsense';
  return {
    principalId: 'someone',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: effect ?? 'Allow', Resource: event.methodArn }] },
    context: { owner: 'alice', expiresAt: 1234, isAdmin: true },
  };
}`;

const COUNT_CONNECTIONS = `const https = require('https'), { Socket } = require('net');
exports.handler = async ({ hostname, requests }) => {
  let connections = 0;
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (...args) { connections++; return connect.apply(this, args); };
  const agent = new https.Agent({ keepAlive: true, maxSockets: 2 });
  await Promise.all(Array.from({ length: requests }, () => new Promise((resolve, reject) => {
    https.get({ hostname, path: '/live', agent }, response => response.resume().on('end', resolve)).on('error', reject);
  })));
  return connections;
}`;

let engine: Engine;
let deployment: Deployment;
let lambda: LambdaClient;
let url: string;

beforeAll(async () => {
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, synthesizeStack(defineApis));
  lambda = new LambdaClient(engine.sdkClientConfig);
  url = deployment.apiUrl('Tiny', 'Url');
});

afterAll(async () => {
  lambda?.destroy();
  await engine?.stop();
});

const open: LiveSocket[] = [];
const connect = async (to = url, options?: SocketOptions) => {
  const socket = await openSocket(to, options);
  open.push(socket);
  return socket;
};

afterEach(() => {
  open.splice(0).forEach(({ socket }) => socket.terminate());
});

describe('the event of a message', () => {
  test('has the fields that AWS sends', async () => {
    const socket = await connect(url, { headers: { 'User-Agent': 'test' } });
    socket.send({ action: 'unknown', text: 'é' });

    const event = await socket.next();

    expect(event).toEqual({
      requestContext: {
        routeKey: '$default',
        eventType: 'MESSAGE',
        messageId: expect.any(String),
        messageDirection: 'IN',
        extendedRequestId: expect.any(String),
        requestId: expect.any(String),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        requestTimeEpoch: expect.any(Number),
        connectedAt: expect.any(Number),
        connectionId: expect.stringMatching(/^[\w-]{15}=$/),
        domainName: `${deployment.outputs('Tiny').ApiId}.execute-api.us-east-1.amazonaws.com`,
        stage: 'live',
        apiId: deployment.outputs('Tiny').ApiId,
        identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
      },
      body: '{"action":"unknown","text":"é"}',
      isBase64Encoded: false,
    });
    expect(event.requestContext.requestTimeEpoch).toBeGreaterThanOrEqual(event.requestContext.connectedAt);
  });

  test('has the same connection and time of connection in all messages', async () => {
    const socket = await connect();
    socket.send('1');
    const first = await socket.next();
    socket.send('2');
    const second = await socket.next();

    const { connectionId, connectedAt } = second.requestContext;
    expect(first.requestContext).toMatchObject({ connectionId, connectedAt });
    expect(first.requestContext.messageId).not.toBe(second.requestContext.messageId);
  });

  test.each(['not json', '', '[]', '{"action":null}'])('that is %j goes to $default', async (message) => {
    const socket = await connect();
    socket.send(message);

    expect(await socket.next()).toMatchObject({ requestContext: { routeKey: '$default' }, body: message });
  });
});

describe('the event of $connect', () => {
  test('has the headers as sent, and the query', async () => {
    const socket = await connect(`${url}?a=1&a=2&b=%C3%A9`, { headers: { 'Origin': 'https://shop.example', 'x-Single': 'one' } });

    const event = await kept('connect', socket);

    expect(event).toEqual({
      headers: expect.objectContaining({ 'Origin': 'https://shop.example', 'x-Single': 'one', 'Sec-WebSocket-Version': '13' }),
      multiValueHeaders: expect.objectContaining({ 'Origin': ['https://shop.example'], 'x-Single': ['one'] }),
      queryStringParameters: { a: '2', b: 'é' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['é'] },
      requestContext: expect.objectContaining({ routeKey: '$connect', eventType: 'CONNECT' }),
      isBase64Encoded: false,
    });
    expect(event.requestContext).not.toHaveProperty('messageId');
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });
});

describe('the handshake', () => {
  test.each([
    [['cdk-task-manager', 'bearer.token'], 'cdk-task-manager', 'cdk-task-manager'],
    [['other', 'cdk-task-manager'], 'cdk-task-manager', 'cdk-task-manager'],
  ])('that offers %j gets the subprotocol that $connect selects: %s', async (protocols, selected, echoed) => {
    const socket = await connect(`${url}?${replying({ statusCode: 200, headers: { 'sec-websocket-PROTOCOL': selected } })}`, { protocols });

    expect(socket.socket.protocol).toBe(echoed);
  });

  test.each([[{}], [{ 'Sec-WebSocket-Protocol': 'not-offered' }]])('gets no subprotocol when $connect returns the headers %j', async (headers) => {
    const to = `${url}?${replying({ statusCode: 200, headers })}`;

    await expect(openSocket(to, { protocols: ['offered'] })).rejects.toThrow('Server sent no subprotocol');
    expect((await connect(to)).socket.protocol).toBe('');
  });

  test('gets the status that $connect returns', async () => {
    expect(await Promise.all([400, 403, 500].map((statusCode) => refusal(`${url}?${replying({ statusCode })}`)))).toEqual([400, 403, 500]);
  });

  test('gets a 502 without details of the error when $connect fails', async () => {
    for (const query of ['how=throw', replying('text' as any)]) {
      const refused: RefusedSocketError = await openSocket(`${url}?${query}`).catch((error) => error);

      expect(refused).toMatchObject({ status: 502 });
      expect(JSON.parse(refused.body)).toEqual({ message: 'Internal server error', connectionId: expect.any(String), requestId: expect.any(String) });
    }
  });

  test('with an unknown stage or API is refused', async () => {
    expect(await refusal(url.replace(/live$/, 'dead'))).toBe(403);
    expect(await refusal(url.replace(deployment.outputs('Tiny').ApiId, 'abcd1234'))).toBe(403);
  });
});

describe('what the integration returns', () => {
  test('reaches the client if the route has a response', async () => {
    const socket = await connect();
    socket.send({ reply: { statusCode: 200, body: 'hello' } });

    expect(await socket.next()).toBe('hello');
  });

  test('does not reach the client if the route has no response, or the body is empty', async () => {
    const socket = await connect();
    socket.send({ action: 'quiet', reply: { statusCode: 200, body: 'hello' }, write: 'quiet-done' });
    socket.send({ reply: { statusCode: 200 }, waitFor: 'quiet-done', write: 'empty-done' });
    socket.send({ reply: { statusCode: 200, body: 'last' }, waitFor: 'empty-done' });

    expect(await socket.next()).toBe('last');
    expect(socket.messages).toEqual(['last']);
  });

  test.each([[{ throw: true }], [{ reply: null }], [{ reply: 'text' }]])('is an error without details when the function fails: %j', async (message) => {
    for (const action of ['quiet', undefined]) {
      const socket = await connect();
      socket.send({ action, ...message });

      expect(await socket.next()).toEqual({ message: 'Internal server error', connectionId: expect.any(String), requestId: expect.any(String) });
    }
  });

  test('may come in another order than the messages', async () => {
    const socket = await connect();
    socket.send({ waitFor: 'second-done', reply: { statusCode: 200, body: 'first' } });
    socket.send({ write: 'second-done', reply: { statusCode: 200, body: 'second' } });

    expect([await socket.next(), await socket.next()]).toEqual(['second', 'first']);
  });
});

describe('the end of a connection', () => {
  test('invokes $disconnect', async () => {
    const socket = await connect();
    const connectionId = await idOf(socket);
    socket.socket.close(4000);
    const observer = await connect();

    const event = await eventually('$disconnect', async () => kept('disconnect', observer, connectionId));

    expect(event).toEqual({
      requestContext: expect.objectContaining({ routeKey: '$disconnect', eventType: 'DISCONNECT', connectionId, disconnectReason: '' }),
      isBase64Encoded: false,
    });
  });

  test('invokes nothing if there is no route $disconnect', async () => {
    const socket = await connect(deployment.apiUrl('Tiny', 'IamUrl'), await signedOptions());
    const connectionId = await idOf(socket);
    await socket.close();

    // The function of $default would keep the event.
    const observer = await connect();
    expect(await kept('disconnect', observer, connectionId)).toBeUndefined();
  });

  test('comes after a message of more than 128 KB', async () => {
    const socket = await connect();
    socket.send('x'.repeat(128 * 1024));
    expect(await socket.next()).toBe(128 * 1024);

    socket.send('x'.repeat(128 * 1024 + 1));

    expect(await socket.closed).toMatchObject({ code: 1009 });
  });
});

describe('the API of connections, called by a function at the callback URL', () => {
  test('posts messages', async () => {
    const socket = await connect();
    const connectionId = await idOf(socket);

    expect(await call('Poster', { operation: 'post', connectionId, data: '{"text":"é"}' })).toEqual({ status: 200 });
    expect(await socket.next()).toEqual({ text: 'é' });
  });

  test('describes connections', async () => {
    const socket = await connect(url, { headers: { 'User-Agent': 'test' } });
    const connectionId = await idOf(socket);

    const { connectedAt, lastActiveAt, ...reply } = await call('Poster', { operation: 'get', connectionId });

    expect(reply).toEqual({ status: 200, identity: { SourceIp: '127.0.0.1', UserAgent: 'test' } });
    expect(Date.parse(lastActiveAt!)).toBeGreaterThanOrEqual(Date.parse(connectedAt!));
  });

  test('closes connections after the messages before', async () => {
    const socket = await connect();
    const connectionId = await idOf(socket);

    await call('Poster', { operation: 'post', connectionId, data: 'last' });
    expect(await call('Poster', { operation: 'delete', connectionId })).toEqual({ status: 204 });

    expect(await socket.next()).toBe('last');
    expect(await socket.closed).toMatchObject({ code: 1000 });
  });

  test.each(['post', 'get', 'delete'] as const)('answers %s with GoneException when the connection is gone', async (operation) => {
    const socket = await connect();
    const connectionId = await idOf(socket);
    socket.socket.terminate();

    await eventually('GoneException', async () => {
      const { status, error } = await call('Poster', { operation, connectionId, data: 'x' });
      return status === 410 && error === 'GoneException' || undefined;
    });
  });

  test('answers with GoneException for unknown connections, and those of another API', async () => {
    const other = await idOf(await connect(deployment.apiUrl('Tiny', 'IamUrl'), await signedOptions()));

    for (const connectionId of [other, 'abcdefghijklmno=']) {
      expect(await call('Poster', { operation: 'post', connectionId, data: 'x' })).toEqual({ status: 410, error: 'GoneException' });
    }
  });

  test('refuses more than 128 KB with PayloadTooLargeException', async () => {
    const socket = await connect();
    const connectionId = await idOf(socket);
    const [largest, tooLarge] = await Promise.all([0, 1].map((more) => call('Poster', {
      operation: 'post', connectionId, data: 'x'.repeat(128 * 1024 + more),
    })));

    expect([largest, tooLarge]).toEqual([{ status: 200 }, { status: 413, error: 'PayloadTooLargeException' }]);
  });

  test('requires the permission execute-api:ManageConnections for the method, the stage and the API', async () => {
    const socket = await connect();
    const connectionId = await idOf(socket);
    const statuses = await Promise.all(['NoRights', 'OtherRights', 'PostRights'].map(async (name) => Promise.all(
      (['post', 'get', 'delete'] as const).map(async (operation) => (await call(name, { operation, connectionId, data: 'x' })).status),
    )));

    expect(statuses).toEqual([[403, 403, 403], [403, 403, 403], [200, 403, 403]]);
  });
});

describe('the API of connections, called by an SDK client at the local URL', () => {
  let connections: ApiGatewayManagementApiClient;
  const postTo = async (ConnectionId: string, Data: string) => connections.send(new PostToConnectionCommand({ ConnectionId, Data }));
  const nameOf = (error: Error) => error.name;
  /** Posts messages that compression does not make much smaller. Returns how many were taken. */
  const postUntilRefused = async (id: string) => {
    for (let taken = 0; ; taken++) {
      const refused = await postTo(id, randomBytes(90_000).toString('base64')).then(() => undefined, nameOf);
      if (refused) {
        expect(refused).toBe('LimitExceededException');
        return taken;
      }
    }
  };

  beforeAll(() => {
    const endpoint = `${engine.url}/_aws/execute-api/${deployment.outputs('Tiny').ApiId}/live`;
    connections = new ApiGatewayManagementApiClient({ ...engine.sdkClientConfig, endpoint, maxAttempts: 1 });
  });

  afterAll(() => connections?.destroy());

  test('serves many connections, also when half of them are cut', async () => {
    const sockets = await Promise.all(Array.from({ length: MANY }, () => connect()));
    const ids = await Promise.all(sockets.map(idOf));
    expect(new Set(ids).size).toBe(MANY);

    await Promise.all(ids.map((id) => postTo(id, id)));
    expect(await Promise.all(sockets.map((socket) => socket.next()))).toEqual(ids);

    const cut = sockets.splice(0, MANY / 2);
    const gone = ids.splice(0, MANY / 2);
    cut.forEach(({ socket }) => socket.terminate());
    await Promise.all(gone.map((id) => eventually('GoneException', async () => postTo(id, 'x').then(() => undefined, nameOf))));
    await Promise.all(ids.map((id) => postTo(id, `again ${id}`)));
    expect(await Promise.all(sockets.map((socket) => socket.next()))).toEqual(ids.map((id) => `again ${id}`));
    expect(await Promise.all(sockets.map(idOf))).toEqual(ids);
  });

  test('refuses posts with LimitExceededException while the client does not read, and serves others', async () => {
    const [slow, other] = await Promise.all([connect(), connect()]);
    const [slowId, otherId] = await Promise.all([slow, other].map(idOf));
    slow.socket.pause();
    const posts = await postUntilRefused(slowId);

    await postTo(otherId, 'hello');

    expect(await other.next()).toBe('hello');
    slow.socket.resume();
    await eventually('all messages', async () => slow.messages.length === posts + 1 || undefined);
    await postTo(slowId, 'hello');
    expect(await slow.next(({ length }) => length === 5)).toBe('hello');
  });

  test('closes a connection whose client does not read', async () => {
    const slow = await connect();
    const slowId = await idOf(slow);
    slow.socket.pause();
    await postUntilRefused(slowId);

    await connections.send(new DeleteConnectionCommand({ ConnectionId: slowId }));

    expect(await postTo(slowId, 'x').catch(nameOf)).toBe('GoneException');
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 1000 });
  });
});

test('a function uses its connections to an API again, and opens no more than its agent allows', async () => {
  const hostname = `${deployment.outputs('Tiny').ApiId}.execute-api.us-east-1.amazonaws.com`;

  expect(await invoke('CountConnections', { hostname, requests: 20 })).toBe(2);
});

describe('a Lambda authorizer', () => {
  const SELECTING = replying({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'cdk-task-manager' } });
  const authorizerUrl = (query = '') => `${deployment.apiUrl('Tiny', 'AuthorizerUrl')}${query}`;

  test('gets the headers as sent, the query, and the ARN of $connect', async () => {
    const socket = await connect(authorizerUrl(`?token=a&token=b&${SELECTING}`), {
      protocols: ['cdk-task-manager', 'bearer.abc'], headers: { Origin: 'https://shop.example' },
    });

    const apiId = deployment.outputs('Tiny').AuthorizerApiId;
    expect(await kept('authorize', socket)).toEqual({
      type: 'REQUEST',
      methodArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/live/$connect`,
      headers: expect.objectContaining({ 'Sec-WebSocket-Protocol': 'cdk-task-manager,bearer.abc', 'Origin': 'https://shop.example' }),
      multiValueHeaders: expect.objectContaining({ Origin: ['https://shop.example'] }),
      queryStringParameters: expect.objectContaining({ token: 'b' }),
      multiValueQueryStringParameters: expect.objectContaining({ token: ['a', 'b'] }),
      stageVariables: {},
      requestContext: expect.objectContaining({ routeKey: '$connect', eventType: 'CONNECT', apiId, stage: 'live' }),
    });
  });

  test('is invoked without a token if it has no identity sources', async () => {
    const socket = await connect(authorizerUrl());

    expect(await kept('authorize', socket)).not.toHaveProperty('queryStringParameters');
  });

  test('passes its context as text to $connect and to all messages', async () => {
    const socket = await connect(authorizerUrl());
    const authorizer = { principalId: 'someone', owner: 'alice', expiresAt: '1234', isAdmin: 'true' };

    expect(await kept('connect', socket)).toMatchObject({ requestContext: { authorizer } });
    socket.send('?');
    expect(await socket.next()).toMatchObject({ requestContext: { authorizer } });
  });

  test.each([['Deny', 403], ['Unauthorized', 401], ['throw', 500], ['nonsense', 500]])('that decides %s: %i', async (effect, status) => {
    expect(await refusal(authorizerUrl(`?effect=${effect}`))).toBe(status);
  });

  test('is not invoked without its identity sources, which is a 401', async () => {
    const to = deployment.apiUrl('Tiny', 'SourcesUrl');

    expect(await refusal(`${to}?effect=Deny`)).toBe(401);
    expect(await refusal(`${to}?effect=Deny&token=x`)).toBe(401);
    expect(await refusal(`${to}?effect=Deny&token=x`, { headers: { Origin: 'https://shop.example' } })).toBe(403);
    await connect(`${to}?token=x`, { headers: { Origin: 'https://shop.example' } });
  });
});

describe('IAM on $connect', () => {
  const iamUrl = (query = '') => `${deployment.apiUrl('Tiny', 'IamUrl')}${query}`;
  const arnOf = (route: string, api = 'IamApiId') => `arn:aws:execute-api:us-east-1:000000000000:${deployment.outputs('Tiny')[api]}/${route}`;
  const presign = async (query: string, credentials: Credentials = user) => presigned(iamUrl(query), credentials, engine.region);
  const sign = async (query: string, credentials: Credentials = user) => ({
    headers: await signedHeaders(iamUrl(query), credentials, engine.region),
  });

  // The engine does not check signatures of its own credentials.
  let user: Credentials;
  beforeAll(async () => {
    user = await aUser(engine, 'web-socket-caller', [arnOf('live/$connect')]);
  });

  test('takes a presigned URL, with its further parameters in the event', async () => {
    const socket = await connect(await presign('?owner=al%20ice%2F%C3%A9'));

    expect(await kept('connect', socket)).toMatchObject({ queryStringParameters: { owner: 'al ice/é' } });
  });

  test('takes signed headers, with a query', async () => {
    const socket = await connect(iamUrl('?owner=alice'), await sign('?owner=alice'));

    expect(await kept('connect', socket)).toMatchObject({ queryStringParameters: { owner: 'alice' } });
  });

  test('tells $connect and all messages who called', async () => {
    const socket = await connect(await presign(''));
    const identity = { userArn: 'arn:aws:iam::000000000000:user/web-socket-caller', accountId: '000000000000' };

    expect(await kept('connect', socket)).toMatchObject({ requestContext: { identity } });
    socket.send('?');
    expect(await socket.next()).toMatchObject({ requestContext: { identity } });
  });

  test('takes the session of a role that may connect', async () => {
    const session = await assumeRole(engine, deployment.outputs('Tiny').ConnectorRole);

    await connect(await presign('?owner=alice', session));
    await connect(iamUrl(), await sign('', session));
  });

  test('takes a URL that was presigned for the name of the API on AWS, when it is sent to the engine with this name', async () => {
    const awsUrl = deployment.outputs('Tiny').IamUrl;
    const { host, pathname, search } = new URL(await presigned(`${awsUrl}?owner=alice`, user, engine.region));

    await connect(`ws://127.0.0.1:${engine.port}${pathname}${search}`, { headers: { Host: host } });
    expect(await refusal(`ws://127.0.0.1:${engine.port}${pathname}${search}&owner=bob`, { headers: { Host: host } })).toBe(403);
  });

  test('refuses handshakes without a signature, or with a wrong one', async () => {
    const wrong = { ...user, secretAccessKey: 'wrong' };
    const unknown = { ...user, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };

    expect(await Promise.all([
      refusal(iamUrl()), refusal(iamUrl('?owner=alice')),
      refusal(await presign('', wrong)), refusal(iamUrl(), await sign('', wrong)),
      refusal(await presign('', unknown)), refusal(iamUrl(), await sign('', unknown)),
    ])).toEqual(Array(6).fill(403));
  });

  test('refuses a query that was changed after it was signed', async () => {
    const signed = await presign('?owner=alice');
    const headers = await sign('?owner=alice');

    expect(await Promise.all([
      refusal(signed.replace('owner=alice', 'owner=bob')), refusal(signed.replace('owner=alice&', '')), refusal(`${signed}&owner=bob`),
      refusal(`${signed}&token=x`), refusal(signed.replace('X-Amz-Expires=300', 'X-Amz-Expires=3000')),
      refusal(iamUrl('?owner=bob'), headers), refusal(iamUrl(), headers),
    ])).toEqual(Array(7).fill(403));
  });

  test('refuses a URL that has expired', async () => {
    jest.useFakeTimers({ now: Date.now() - 301_000, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
    const expired = await presign('');
    jest.useRealTimers();

    expect(await refusal(expired)).toBe(403);
  });

  test('requires the permission execute-api:Invoke for $connect of the stage', async () => {
    const grants = [
      [], [arnOf('live/$connect', 'ApiId')], [arnOf('dead/$connect')], [arnOf('live/$default')], [arnOf('live/GET/*')],
      [arnOf('live/$connect')], [arnOf('*')], [arnOf('live/*')],
    ];

    const outcomes = await Promise.all(grants.map(async (arns, index) => {
      const to = await presign('?owner=alice', await aUser(engine, `web-socket-${index}`, arns));
      return connect(to).then(() => 101, ({ status }) => status);
    }));

    expect(outcomes).toEqual([403, 403, 403, 403, 403, 101, 101, 101]);
  });
});

function defineApis(stack: Stack): void {
  const handler = aNodeFunction(stack, 'Handle', HANDLE);
  const define = (id: string, authorizer?: IWebSocketRouteAuthorizer) => {
    const api = new WebSocketApi(stack, id, {
      connectRouteOptions: { integration: new WebSocketLambdaIntegration('Connect', handler), authorizer },
      defaultRouteOptions: { integration: new WebSocketLambdaIntegration('Message', handler), returnResponse: true },
    });
    const stage = new WebSocketStage(stack, `${id}Stage`, {
      webSocketApi: api, stageName: 'live', autoDeploy: true, throttle: { rateLimit: 500, burstLimit: 1000 },
    });
    new CfnOutput(stack, `${id}Id`, { value: api.apiId });
    new CfnOutput(stack, id.replace(/Api$/, 'Url'), { value: stage.url });
    return { api, stage };
  };

  const { api, stage } = define('Api');
  api.addRoute('$disconnect', { integration: new WebSocketLambdaIntegration('Disconnect', handler) });
  api.addRoute('quiet', { integration: new WebSocketLambdaIntegration('Quiet', handler) });
  const iam = define('IamApi', new WebSocketIamAuthorizer());
  const other = define('OtherApi');
  const authorize = aNodeFunction(stack, 'Authorize', AUTHORIZE);
  define('AuthorizerApi', new WebSocketLambdaAuthorizer('Authorizer', authorize, { identitySource: [] }));
  define('SourcesApi', new WebSocketLambdaAuthorizer('SourcesAuthorizer', authorize, {
    identitySource: ['route.request.querystring.token', 'route.request.header.Origin'],
  }));

  aNodeFunction(stack, 'CountConnections', COUNT_CONNECTIONS, { functionName: 'CountConnections' });
  const connector = new Role(stack, 'Connector', { assumedBy: new AccountPrincipal(stack.account) });
  connector.addToPolicy(new PolicyStatement({
    actions: ['execute-api:Invoke'],
    resources: [stack.formatArn({ service: 'execute-api', resource: iam.api.apiId, resourceName: 'live/$connect' })],
  }));
  new CfnOutput(stack, 'ConnectorRole', { value: connector.roleArn });
  const code = bundleFunction(path.join(__dirname, 'fixtures', 'connections.lambda.ts'), temporaryDirectory('bundles'));
  const [poster, , otherRights, postRights] = ['Poster', 'NoRights', 'OtherRights', 'PostRights'].map((id) => aNodeFunction(stack, id, code, {
    functionName: id, environment: { CALLBACK_URL: stage.callbackUrl },
  }));
  api.grantManageConnections(poster);
  other.api.grantManageConnections(otherRights);
  postRights.addToRolePolicy(new PolicyStatement({
    actions: ['execute-api:ManageConnections'],
    resources: [stack.formatArn({ service: 'execute-api', resource: api.apiId, resourceName: 'live/POST/@connections/*' })],
  }));
}

/** Returns a query that makes $connect return this response. */
function replying(response: unknown): string {
  return String(new URLSearchParams({ reply: JSON.stringify(response) }));
}

async function idOf(socket: LiveSocket): Promise<string> {
  socket.send('?');
  return (await socket.next()).requestContext.connectionId;
}

/** Returns an event that a function kept, of this connection or another one. */
async function kept(what: 'connect' | 'disconnect' | 'authorize', socket: LiveSocket, of?: string): Promise<any> {
  socket.send({ read: what, of });
  const event = await socket.next();
  return event === 'nothing' ? undefined : event;
}

async function call(functionName: string, request: ConnectionRequest): Promise<ConnectionReply> {
  return invoke(functionName, request);
}

async function invoke(functionName: string, request: object): Promise<any> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }));
  if (FunctionError) throw new Error(Payload!.transformToString());
  return JSON.parse(Payload!.transformToString());
}

async function signedOptions(): Promise<SocketOptions> {
  return { headers: await signedHeaders(deployment.apiUrl('Tiny', 'IamUrl'), engine.credentials, engine.region) };
}
