/** Live updates with each authorization: who connects, and which tasks a connection sees. Only on the local engine, which creates users. */
import { randomUUID } from 'node:crypto';
import { AUDIENCE, COMMON_STACK, ORIGIN, OWNER_HEADER, OWNER_PARAMETER, SCOPE, synthesize } from './live-updates-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { LIVE_PROTOCOL, LIVE_TOKEN_PREFIX } from '../../src/protocol/live';
import { Caller } from '../support/callers';
import { signInToCognito } from '../support/cognito';
import { functionLogs } from '../support/function-logs';
import { LiveSocket, openSocket, presigned, refusal, signedHeaders, SocketOptions } from '../support/live-socket';
import { OpenIdProvider } from '../support/open-id-provider';
import { temporaryDirectory } from '../support/temporary-directory';
import { aUser, signedBy } from '../support/users';

jest.setTimeout(120_000);

/** Somebody who uses the HTTP API, and can open connections. */
interface User {
  readonly http: Caller;
  readonly connect: () => Promise<LiveSocket>;
}

let providers: OpenIdProvider[];
let engine: Engine;
let deployment: Deployment;
/** May connect wherever IAM decides. The engine takes any signature of the account itself. */
let backend: Engine['credentials'];
const sockets: LiveSocket[] = [];
/** What must not be in any log. */
const secrets: string[] = [];

beforeAll(async () => {
  providers = await Promise.all([OpenIdProvider.start(), OpenIdProvider.start()]);
  const assembly = temporaryDirectory('live-identities');
  synthesize(assembly, providers[0].issuer);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
  backend = await aUser(engine, 'backend', ['Header', 'Iam'].map((api) => routeArn(api, '$connect')));
});

afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await engine?.stop();
  await Promise.all((providers ?? []).map((provider) => provider.stop()));
});

const liveUrl = (api: string, query = '') => `${deployment.apiUrl(api, 'LiveUrl')}${query}`;

async function open(url: string, options: SocketOptions = {}): Promise<LiveSocket> {
  const socket = await openSocket(url, { protocols: [LIVE_PROTOCOL], ...options });
  sockets.push(socket);
  return socket;
}

function routeArn(api: string, route: string): string {
  return `arn:aws:execute-api:${engine.region}:000000000000:${deployment.outputs(api).ApiId}/live/${route}`;
}

const sign = (url: string, credentials = backend) => presigned(url, credentials, engine.region);

/** Returns a user that a trusted backend names, or one of those who share all tasks. */
function signing(api: string, owner?: string): User {
  if (owner !== undefined) secrets.push(owner);
  const headers: Record<string, string> = owner === undefined ? {} : { [OWNER_HEADER]: owner };
  const query = owner === undefined ? '' : `?${OWNER_PARAMETER}=${encodeURIComponent(owner)}`;
  return {
    http: new Caller(deployment.apiUrl(api, 'Url'), headers, signedBy(engine, engine.credentials)),
    connect: async () => open(await sign(liveUrl(api, query))),
  };
}

const named = (owner: string) => signing('Header', owner);

/** Returns a user with a token. */
function bearing(api: string, token: string): User {
  secrets.push(token.split('.')[1]);
  return {
    http: new Caller(deployment.apiUrl(api, 'Url'), { Authorization: `Bearer ${token}` }),
    connect: () => open(liveUrl(api), { protocols: [LIVE_PROTOCOL, `${LIVE_TOKEN_PREFIX}${token}`] }),
  };
}

function tenant(api: string, name: string): User {
  secrets.push(`tenant-${name}`);
  return {
    http: new Caller(deployment.apiUrl(api, 'Url'), { Authorization: name }),
    connect: () => open(liveUrl(api, `?tenant=${name}&until=9999999999`)),
  };
}

function anybody(api: string): User {
  return { http: new Caller(deployment.apiUrl(api, 'Url')), connect: () => open(liveUrl(api)) };
}

/** Returns a token of a user, who is somebody else each time by default. */
function tokenOf(provider = providers[0], claims: object = {}): string {
  return provider.token({ aud: AUDIENCE, sub: randomUUID(), ...claims });
}

async function signIn(client = 'Client') {
  const { UserPool, [client]: clientId } = deployment.outputs(COMMON_STACK);
  return signInToCognito(engine, UserPool, clientId);
}

async function ask(socket: LiveSocket, message: object): Promise<any> {
  const { action, taskId } = message as { action: string; taskId?: string };
  socket.send(message);
  return socket.next((answer) => answer.action === action || answer.error || taskId !== undefined && answer.taskId === taskId);
}

const cancel = async ({ http }: User, taskId: string) => expect((await http.request('POST', `tasks/${taskId}/cancel`)).status).toBe(200);
const untilCancelled = (socket: LiveSocket, taskId: string) => (
  socket.next((message) => message.taskId === taskId && message.status === 'CANCELLED')
);

/** Tests that two owners see their own tasks only, by each way to ask for those of the other. */
async function expectOwnTasksOnly(ada: User, eve: User): Promise<void> {
  const [one, all, spy] = await Promise.all([ada.connect(), ada.connect(), eve.connect()]);
  const key = { 'Idempotency-Key': randomUUID() };
  const [random, keyed] = [await ada.http.create(), await ada.http.create(key)];
  for (const taskId of [random, keyed]) {
    expect(await ask(one, { action: 'watch', taskId })).toMatchObject({ taskId, version: 1, status: 'PENDING' });
  }
  expect(await ask(all, { action: 'watchAll' })).toEqual({ action: 'watchAll' });

  const unknown = randomUUID();
  const missing = await ask(spy, { action: 'watch', taskId: unknown });
  expect(missing).toEqual({ error: { code: 'NoSuchTask', message: 'there is no such task' }, action: 'watch', taskId: unknown });
  for (const taskId of [random, keyed]) {
    for (const more of [{}, { owner: 'ada', [OWNER_HEADER]: 'ada', tenant: 'tenant-ada', connectionId: 'c', topic: `task#${taskId}` }]) {
      expect(await ask(spy, { action: 'watch', taskId, ...more })).toEqual({ ...missing, taskId });
      expect(await ask(spy, { action: 'unwatch', taskId, ...more })).toEqual({ action: 'unwatch', taskId });
    }
  }
  for (const action of ['watchAll', 'unwatchAll', 'watchAll']) expect(await ask(spy, { action, owner: 'ada' })).toEqual({ action });

  // With the same key, it is another task.
  const own = await eve.http.create(key);
  expect(own).not.toBe(keyed);
  for (const taskId of [random, keyed]) {
    await cancel(ada, taskId);
    await untilCancelled(one, taskId);
    await untilCancelled(all, taskId);
  }
  // A message about a task of Ada would have come before.
  await cancel(eve, own);
  await untilCancelled(spy, own);
  const ids = (socket: LiveSocket) => new Set(socket.messages.filter(({ createdAt }) => createdAt).map(({ taskId }) => taskId));
  expect([ids(one), ids(all), ids(spy)]).toEqual([new Set([random, keyed]), new Set([random, keyed]), new Set([own])]);
}

/** Tests that two callers share their tasks. */
async function expectSharedTasks(ada: User, eve: User): Promise<void> {
  const [one, all] = await Promise.all([eve.connect(), eve.connect()]);
  await ask(all, { action: 'watchAll' });
  const taskId = await ada.http.create();
  expect(await ask(one, { action: 'watch', taskId })).toMatchObject({ taskId, version: 1 });
  await cancel(ada, taskId);
  await Promise.all([untilCancelled(one, taskId), untilCancelled(all, taskId)]);
}

const PAIRS: [string, () => Promise<[User, User]>][] = [
  ['owners that a trusted backend names', async () => [named('ada'), named('eve')]],
  ['users of an OpenID provider', async () => [bearing('Jwt', tokenOf()), bearing('Jwt', tokenOf())]],
  ['users of an OpenID provider with a scope', async () => [
    bearing('Scoped', tokenOf(providers[0], { scope: SCOPE })), bearing('Scoped', tokenOf(providers[0], { scope: `openid ${SCOPE}` })),
  ]],
  ['users of an issuer', async () => [bearing('Issuer', tokenOf()), bearing('Issuer', tokenOf())]],
  ['users of a pool, beside a REST API', async () => [bearing('RestUsers', (await signIn()).IdToken), bearing('RestUsers', (await signIn()).IdToken)]],
  ['users of a pool, beside an HTTP API', async () => [
    bearing('HttpUsers', (await signIn()).IdToken), bearing('HttpUsers', (await signIn()).AccessToken),
  ]],
  ['tenants of the authorizer of the app, beside a REST API', async () => [tenant('RestTenants', 'ada'), tenant('RestTenants', 'eve')]],
  ['tenants of the authorizer of the app, beside an HTTP API', async () => [tenant('HttpTenants', 'ada'), tenant('HttpTenants', 'eve')]],
];

test.each(PAIRS)('two %s see their own tasks only', async (_, pair) => expectOwnTasksOnly(...await pair()));

test('all callers share their tasks, with IAM without owners and without authorization', async () => {
  await expectSharedTasks(signing('Iam'), signing('Iam'));
  await expectSharedTasks(anybody('None'), anybody('None'));
});

test('a user of a pool is the same owner with an ID token and an access token', async () => {
  const { IdToken, AccessToken } = await signIn();
  await expectSharedTasks(bearing('HttpUsers', IdToken), bearing('HttpUsers', AccessToken));
});

/** Owners that look like a part of a key of the table, or that URLs and headers write in another way. */
const ODD_OWNERS = ['all', 'x', '#', 'owner#x', 'x#owner', 'owner#all', 'task#x', 'connection#x', 'X', '%78', 'x%', 'a+b', 'a/b?c=d&e', '"x"', '~'.repeat(255)];

/** Tests that each of some owners, and nobody else, sees their own task. */
async function expectDistinct(users: User[]): Promise<void> {
  const watching = await Promise.all(users.map(async (user) => {
    const socket = await user.connect();
    await ask(socket, { action: 'watchAll' });
    return socket;
  }));
  const own = await Promise.all(users.map(({ http }) => http.create()));
  await Promise.all(users.map((user, i) => cancel(user, own[i])));
  await Promise.all(watching.map((socket, i) => untilCancelled(socket, own[i])));
  // Those of the others would have come by the time of a later change.
  const last = await users[0].http.create();
  await watching[0].next(({ taskId }) => taskId === last);
  for (const [i, { messages }] of watching.entries()) {
    expect(new Set(messages.flatMap(({ taskId = [] }) => taskId))).toEqual(new Set(i === 0 ? [own[i], last] : [own[i]]));
  }
}

test('owners that a backend names are distinct, with all kinds of characters', async () => expectDistinct(ODD_OWNERS.map(named)));

test('subjects of tokens are distinct, with all kinds of characters', async () => {
  const subjects = [...ODD_OWNERS, 'ü', 'u\u0308', '𝒳', ' x', 'x ', 'ü'.repeat(256), '\u0000', 'a\nb'];
  await expectDistinct(subjects.map((sub) => bearing('Jwt', tokenOf(providers[0], { sub }))));
});

test('an owner that is too long, and a subject that is none, open no connection, as they are refused by the HTTP API', async () => {
  for (const sub of ['x'.repeat(257), '', undefined]) {
    const token = tokenOf(providers[0], { sub });
    expect((await bearing('Jwt', token).http.request('GET', 'tasks')).status).toBe(403);
    expect(await refusal(liveUrl('Jwt', `?token=${token}`))).toBe(403);
  }
  // HTTP APIs make text of these. Nobody could say which.
  for (const sub of [{ a: 1 }, [1], true, 1.5, '\ud800']) {
    const token = tokenOf(providers[0], { sub });
    expect(await refusal(liveUrl('Jwt', `?token=${token}`))).toBe(403);
  }
  for (const owner of ['x'.repeat(256), '', 'ü', 'a b', 'a\n']) {
    expect(await refusal(await sign(liveUrl('Header', `?${OWNER_PARAMETER}=${encodeURIComponent(owner)}`)))).toBe(400);
  }
});

describe('an owner that a backend names in a signed URL', () => {
  const ofAda = `?${OWNER_PARAMETER}=ada`;

  /** Returns whose tasks a connection sees. */
  async function ownerOf(url: string, options?: SocketOptions): Promise<string | undefined> {
    const socket = await open(url, options);
    for (const owner of ['ada', 'eve']) {
      const taskId = await named(owner).http.create();
      if ((await ask(socket, { action: 'watch', taskId })).status) return owner;
    }
    return undefined;
  }

  test('must be named once', async () => {
    for (const query of ['', `${ofAda}&${OWNER_PARAMETER}=eve`, `${ofAda}&${OWNER_PARAMETER}=ada`, '?Owner=ada', '?x-task-owner=ada']) {
      expect(await refusal(await sign(liveUrl('Header', query)))).toBe(400);
    }
  });

  test('can not be changed without another signature', async () => {
    const url = await sign(liveUrl('Header', ofAda));
    const changes = [
      `${url}&${OWNER_PARAMETER}=eve`, url.replace('owner=ada', 'owner=eve'), url.replace('owner=ada', 'owner=ada&owner=eve'),
      url.replace('owner=ada', 'owner=Ada'), url.replace('owner=ada&', ''), url.replace('owner=ada', 'Owner=ada'),
      `${await sign(liveUrl('Header'))}&${OWNER_PARAMETER}=ada`,
      url.replace(/X-Amz-Signature=\w/, 'X-Amz-Signature=g'),
    ];
    for (const changed of changes) expect(await refusal(changed)).toBe(403);
  });

  test('can be named in a request that is signed in its headers, because the signature covers the query', async () => {
    const url = liveUrl('Header', ofAda);
    const headers = await signedHeaders(url, backend, engine.region);
    expect(await ownerOf(url, { headers })).toBe('ada');
    expect(await refusal(liveUrl('Header', `?${OWNER_PARAMETER}=eve`), { headers })).toBe(403);
    expect(await refusal(liveUrl('Header'), { headers })).toBe(403);
  });

  test('is that of the parameter, and not of headers and subprotocols', async () => {
    const headers = { [OWNER_HEADER]: 'eve', [OWNER_PARAMETER]: 'eve' };
    expect(await ownerOf(await sign(liveUrl('Header', ofAda)), { headers, protocols: [LIVE_PROTOCOL, 'owner.eve', 'bearer.eve'] })).toBe('ada');
    expect(await refusal(await sign(liveUrl('Header')), { headers })).toBe(400);
  });

  test('is only for those who may connect', async () => {
    const users = await Promise.all([
      aUser(engine, 'connects', [routeArn('Header', '$connect')]),
      aUser(engine, 'nothing'),
      aUser(engine, 'other-api', [routeArn('Iam', '$connect')]),
      aUser(engine, 'other-route', [routeArn('Header', '$default')]),
    ]);
    const url = liveUrl('Header', ofAda);
    expect(await ownerOf(await sign(url, users[0]))).toBe('ada');
    for (const user of users.slice(1)) expect(await refusal(await sign(url, user))).toBe(403);
    expect(await refusal(url)).toBe(403);
    expect(await refusal(await sign(url, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }))).toBe(403);
  });
});

describe('a token', () => {
  const NOT_ACCEPTED: [string, string, () => Promise<string> | string][] = [
    ['Jwt', 'of another issuer', () => tokenOf(providers[1])],
    ['Jwt', 'of another issuer that says it is this one', () => tokenOf(providers[1], { iss: providers[0].issuer })],
    ['Jwt', 'of this issuer that says it is another one', () => tokenOf(providers[0], { iss: providers[1].issuer })],
    ['Jwt', 'for another audience', () => tokenOf(providers[0], { aud: 'other' })],
    ['Jwt', 'that has expired', () => tokenOf(providers[0], { exp: 1_000_000_000 })],
    ['Jwt', 'without an end', () => tokenOf(providers[0], { exp: undefined })],
    ['Jwt', 'that is not valid yet', () => tokenOf(providers[0], { nbf: 9_999_999_999 })],
    ['Jwt', 'without a signature', () => tokenOf().replace(/[^.]+$/, '')],
    ['Jwt', 'without an algorithm', () => tokenOf().replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url'))],
    ['Jwt', 'with the claims of another one', () => [0, 1, 0].map((which, part) => [tokenOf(), tokenOf()][which].split('.')[part]).join('.')],
    ['Jwt', 'of a user pool', async () => (await signIn()).IdToken],
    ['Issuer', 'of another issuer with the same subject', () => tokenOf(providers[1], { sub: `${providers[0].issuer}#ada` })],
    ['Scoped', 'without a scope', () => tokenOf()],
    ['Scoped', 'with another scope', () => tokenOf(providers[0], { scope: 'tasks/read' })],
    ['RestUsers', 'of another app client', async () => (await signIn('OtherClient')).IdToken],
    ['HttpUsers', 'of another app client', async () => (await signIn('OtherClient')).AccessToken],
    ['HttpUsers', 'of an OpenID provider', () => tokenOf()],
  ];

  test.each(NOT_ACCEPTED)('for %s %s opens no connection', async (api, _, make) => {
    const token = await make();
    secrets.push(token.split('.')[1]);
    expect(await refusal(liveUrl(api), { protocols: [LIVE_PROTOCOL, `bearer.${token}`] })).toBe(403);
    expect(await refusal(liveUrl(api, `?token=${token}`))).toBe(403);
  });

  test('can be in the list of subprotocols or in the query, and in both if it is the same', async () => {
    const [token, other] = [tokenOf(), tokenOf()];
    for (const [query, protocols] of [['', [`bearer.${token}`, LIVE_PROTOCOL]], [`?token=${token}`, []], [`?token=${token}`, [LIVE_PROTOCOL, `bearer.${token}`]]] as const) {
      await open(liveUrl('Jwt', query), { protocols: [...protocols] });
    }
    expect(await refusal(liveUrl('Jwt', `?token=${token}`), { protocols: [LIVE_PROTOCOL, `bearer.${other}`] })).toBe(403);
    expect(await refusal(liveUrl('Jwt', `?token=${token}&token=${other}`))).toBe(403);
    expect(await refusal(liveUrl('Jwt'), { protocols: [LIVE_PROTOCOL, `bearer.${token}`, `bearer.${other}`] })).toBe(403);
    expect(await refusal(liveUrl('Jwt', '?token='), { protocols: [LIVE_PROTOCOL, `bearer.${token}`] })).toBe(403);
    expect(await refusal(liveUrl('Jwt'), { headers: { Authorization: `Bearer ${token}` } })).toBe(403);
    expect(await refusal(liveUrl('Jwt', `?Token=${token}`))).toBe(403);
    expect(await refusal(liveUrl('Jwt'))).toBe(403);
  });

  test('is never echoed: only the protocol is', async () => {
    const { socket } = await bearing('Jwt', tokenOf()).connect();
    expect(socket.protocol).toBe(LIVE_PROTOCOL);
    const withoutProtocol = await open(liveUrl('Jwt', `?token=${tokenOf()}`), { protocols: [] });
    expect(withoutProtocol.socket.protocol).toBe('');
  });

  test('ends its connection, and nothing comes after it', async () => {
    const sub = randomUUID();
    const token = tokenOf(providers[0], { sub, exp: Math.ceil(Date.now() / 1000) + 6 });
    const user = bearing('Jwt', tokenOf(providers[0], { sub }));
    const [ending, staying] = await Promise.all([bearing('Jwt', token).connect(), user.connect()]);
    for (const socket of [ending, staying]) await ask(socket, { action: 'watchAll' });
    const before = await user.http.create();
    await Promise.all([ending, staying].map((socket) => socket.next(({ taskId }) => taskId === before)));

    expect(await ending.closed).toMatchObject({ code: 1000 });
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).exp);
    const after = await user.http.create();
    await staying.next(({ taskId }) => taskId === after);
    expect(ending.messages.map(({ taskId }) => taskId)).not.toContain(after);
    expect(await refusal(liveUrl('Jwt', `?token=${token}`))).toBe(403);
  });
});

describe('the authorizer of the app', () => {
  test.each(['RestTenants', 'HttpTenants'])('%s refuses callers that it does not know, or that are no tenant', async (api) => {
    expect(await refusal(liveUrl(api))).toBe(401);
    for (const name of ['mallory', 'nobody']) expect(await refusal(liveUrl(api, `?tenant=${name}&until=9999999999`))).toBe(403);
  });

  test('says when a connection ends, and must do so', async () => {
    const until = Math.ceil(Date.now() / 1000) + 5;
    const socket = await open(liveUrl('HttpTenants', `?tenant=ada&until=${until}`));
    expect(await socket.closed).toMatchObject({ code: 1000 });
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(until);
    for (const end of ['', 'x', String(until), '-1']) expect(await refusal(liveUrl('HttpTenants', `?tenant=ada&until=${end}`))).toBe(403);
  });
});

test('only pages of the allowed origins connect, with each authorization', async () => {
  const doors: [string, () => Promise<string> | string][] = [
    ['Iam', async () => sign(liveUrl('Iam'))],
    ['Header', async () => sign(liveUrl('Header', `?${OWNER_PARAMETER}=ada`))],
    ['Jwt', () => liveUrl('Jwt', `?token=${tokenOf()}`)],
    ['HttpTenants', () => liveUrl('HttpTenants', '?tenant=ada&until=9999999999')],
    ['None', () => liveUrl('None')],
  ];
  for (const [, url] of doors) {
    await open(await url(), { headers: { Origin: ORIGIN } });
    for (const origin of ['https://evil.example', 'null', '', `${ORIGIN}.evil.example`, ORIGIN.toUpperCase(), `${ORIGIN}/`, `${ORIGIN}, ${ORIGIN}`, '*', 'http://app.example.com']) {
      expect(await refusal(await url(), { headers: { Origin: origin } })).toBe(403);
    }
  }
});

test('nobody can post to or end a connection but the function, also with its id', async () => {
  const { ApiId } = deployment.outputs('Iam');
  const user = await aUser(engine, 'connects-only', [routeArn('Iam', '$connect')]);
  for (const method of ['POST', 'GET', 'DELETE']) {
    for (const send of [fetch, signedBy(engine, user)]) {
      const response = await send(`${engine.url}/_aws/execute-api/${ApiId}/live/@connections/abcdefghijklmno%3D`, { method });
      expect(response.status).toBe(403);
    }
  }
});

test('a connection of another user does not get what was watched before', async () => {
  const [ada, eve] = [named('before'), named('after')];
  const socket = await ada.connect();
  const taskId = await ada.http.create();
  await ask(socket, { action: 'watch', taskId });
  await socket.close();
  const other = await eve.connect();
  await cancel(ada, taskId);
  const own = await eve.http.create();
  await ask(other, { action: 'watch', taskId: own });
  await cancel(eve, own);
  await untilCancelled(other, own);
  expect(other.messages.map((message) => message.taskId)).not.toContain(taskId);
});

// The last test: it reads the logs of all others.
test('no function logs a token, an owner, a query or a payload, and none fails', async () => {
  const lines = await functionLogs(engine);
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.join('\n')).toContain('token refused');
  // The short ones are in other words, too.
  const leaks = [...secrets.filter((secret) => secret.length > 5), 'of somebody', 'X-Amz-', 'token=', 'until=', 'owner=', 'bearer.', 'owner#'];
  expect(lines.filter((line) => leaks.some((leak) => line.includes(leak)))).toEqual([]);
  expect(lines.filter((line) => /error|timed out/i.test(line))).toEqual([]);
});
