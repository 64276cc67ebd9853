import { PassThrough } from 'node:stream';
import { signed } from '../../cli/src/connection/authorization';
import { connect } from '../../cli/src/connection/connection';
import { emulatorUrl } from '../../cli/src/connection/emulator-url';
import { headerValue } from '../../cli/src/connection/header-value';
import { apiUrlIn, outputsOf } from '../../cli/src/connection/stack';
import { UsageError } from '../../cli/src/errors';

const AMBIENT = { ...process.env };

beforeEach(() => {
  for (const name of ['TASK_MANAGER_HEADER_VALUE', 'AWS_ENDPOINT_URL']) delete process.env[name];
});

afterEach(() => {
  process.env = { ...AMBIENT };
});

const requests: { url: string; headers: Headers }[] = [];

beforeEach(() => {
  requests.length = 0;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    requests.push({ url: String(url), headers: new Headers(init!.headers) });
    return Response.json({ tasks: [] });
  });
});

afterEach(() => jest.restoreAllMocks());

describe('requests', () => {
  test('have the header and the owner', async () => {
    process.env.TASK_MANAGER_HEADER_VALUE = 'Bearer token';
    const { client, identity, arguments: parameters } = await connect({
      url: 'https://api.example/prod', header: 'Authorization', owner: 'ada', ownerHeader: 'X-Owner',
    });
    await client.list();
    expect(requests[0].url).toBe('https://api.example/prod/tasks');
    expect(requests[0].headers.get('authorization')).toBe('Bearer token');
    expect(requests[0].headers.get('x-owner')).toBe('ada');
    expect(identity).toBe('the header Authorization');
    expect(parameters).toEqual(['--url', 'https://api.example/prod', '--header', 'Authorization', '--owner', 'ada', '--owner-header', 'X-Owner']);
  });

  test('have neither without authorization', async () => {
    const { client, live } = await connect({ url: 'http://127.0.0.1:1/', auth: 'none' });
    await client.list();
    expect(requests[0].headers.get('authorization')).toBeNull();
    expect(live).toBeUndefined();
  });

  test('are signed for the region in the name of the API', async () => {
    const credentials = async () => ({ accessKeyId: 'test', secretAccessKey: 'secret' });
    const authorization = signed({ credentials, region: async () => 'us-east-1' }, 'AWS credentials');
    const send = (url: string) => authorization.fetch(url, { method: 'GET', headers: new Headers(), signal: new AbortController().signal });
    await send('https://abc.execute-api.eu-west-1.amazonaws.com/prod/tasks?status=FAILED&status=RUNNING');
    await send('https://tasks.example.com/tasks');
    const scopes = requests.map(({ headers }) => /Credential=test\/\d{8}\/(.*?),/.exec(headers.get('authorization')!)![1]);
    expect(scopes).toEqual(['eu-west-1/execute-api/aws4_request', 'us-east-1/execute-api/aws4_request']);
    expect(requests[0].headers.get('host')).toBeNull();

    const live = new URL(await authorization.liveUrl(new URL('wss://def.execute-api.eu-west-1.amazonaws.com/live?owner=a%2Bb%20c')));
    expect(live.origin + live.pathname).toBe('wss://def.execute-api.eu-west-1.amazonaws.com/live');
    expect(live.search).toContain('owner=a%2Bb%20c&');
    expect(live.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('the token of a header authorizes live updates', async () => {
  process.env.TASK_MANAGER_HEADER_VALUE = 'Bearer token';
  const { live } = await connect({ url: 'https://api.example/', liveUrl: 'wss://live.example/live', header: 'Authorization' });
  expect(await live!()).toEqual({ url: 'wss://live.example/live', protocols: ['cdk-task-manager', 'bearer.token'] });
});

test('a header that can not be sent is wrong usage, and its value is not in the error', async () => {
  const message = "the header 'Authorization' can't be sent: its name or its value has a character that no header can have";
  for (const value of ['secret\u2019', 'secret\u0001', 'secret\nX-Other: 1']) {
    process.env.TASK_MANAGER_HEADER_VALUE = value;
    await expect(connect({ url: 'https://api.example/', header: 'Authorization' })).rejects.toThrow(new UsageError(message));
  }
  await expect(connect({ url: 'https://api.example/', auth: 'none', owner: 'ada', ownerHeader: 'X: Y' })).rejects.toThrow("the header 'X: Y'");
  expect(requests).toEqual([]);
});

describe('wrong options', () => {
  test.each([
    [{}, 'the API is not known: pass --url or --stack, or set TASK_MANAGER_URL or TASK_MANAGER_STACK'],
    [{ url: 'api.example' }, '--url must be a URL that begins with http:// or https://'],
    [{ url: 'https://ada:secret@api.example/' }, '--url must not contain a user name or a password'],
    [{ url: 'https://api.example/', liveUrl: 'https://live.example' }, '--live-url must be a URL that begins with ws:// or wss://'],
    [{ url: 'https://api.example/', owner: 'ada' }, '--owner needs the header that the API takes for the owner: pass it as --owner-header'],
    [{ url: 'https://api.example/', header: 'Authorization', auth: 'none' as const }, '--header and --auth must not be used together'],
    [{ url: 'https://api.example/', owner: 'ada', ownerHeader: 'Host' }, "the header 'Host' can't be chosen: the command sets it itself"],
    [
      { url: 'https://api.example/', owner: 'a\nb', ownerHeader: 'X-Owner' },
      "the header 'X-Owner' can't be sent: its name or its value has a character that no header can have",
    ],
  ])('%j', async (options, message) => {
    await expect(connect(options)).rejects.toThrow(message);
  });
});

describe('the value of a header', () => {
  const stream = () => new PassThrough() as unknown as NodeJS.ReadStream & PassThrough;

  test('is not read before it is needed, because standard input would keep the process alive', () => {
    const input = stream();
    headerValue('X', input);
    expect(input.listenerCount('end') + input.listenerCount('data') + input.listenerCount('keypress')).toBe(0);
  });

  test('is that of the environment, even if there is standard input', async () => {
    process.env.TASK_MANAGER_HEADER_VALUE = 'from the environment';
    expect(await headerValue('X', stream())()).toBe('from the environment');
  });

  test('is the newest line of standard input', async () => {
    const input = stream();
    const value = headerValue('X', input);
    input.write('first\n');
    expect(await value()).toBe('first');
    input.write('second\n\n');
    await new Promise(setImmediate);
    expect(await value()).toBe('second');
    input.end();
    expect(await value()).toBe('second');
  });

  test('is missing if standard input is empty or a terminal', async () => {
    const message = 'the value of the header X is missing: set TASK_MANAGER_HEADER_VALUE, or write it to standard input as a line';
    const input = stream();
    input.end();
    await expect(headerValue('X', input)()).rejects.toThrow(message);
    expect(() => headerValue('X', Object.assign(stream(), { isTTY: true }) as never)).toThrow(message);
  });
});

describe('the outputs of a stack', () => {
  const outputs = (...keys: string[]) => keys.map((key) => ({ OutputKey: key, OutputValue: `value of ${key}` }));

  test('are found by the names after that of the TaskManager', () => {
    const one = outputsOf('Orders', outputs('Other', 'TasksTaskManagerApiUrl', 'TasksTaskManagerAuth'));
    expect(one('TaskManagerAuth')).toBe('value of TasksTaskManagerAuth');
    expect(one('TaskManagerLiveUrl')).toBeUndefined();
    const two = outputs('ATaskManagerApiUrl', 'BTaskManagerApiUrl');
    expect(outputsOf('Orders', two, 'B')('TaskManagerApiUrl')).toBe('value of BTaskManagerApiUrl');
    expect(() => outputsOf('Orders', two)).toThrow("the stack Orders has several TaskManagers: pass --task-manager with one of 'A', 'B'");
    expect(() => outputsOf('Orders', two, 'C')).toThrow("--task-manager must be one of 'A', 'B' in the stack Orders, got 'C'");
    expect(() => outputsOf('Orders', outputs('ApiUrl'))).toThrow('the stack Orders has no outputs of a TaskManager: call createOutputs()');
  });

  test('lead to an emulator of AWS', () => {
    const url = 'https://abc.execute-api.eu-west-1.amazonaws.com/prod/v1/';
    expect(apiUrlIn(() => url, 'X')).toBe(url);
    process.env.AWS_ENDPOINT_URL = 'http://localhost:4566/';
    expect(apiUrlIn(() => url, 'X')).toBe('http://localhost:4566/restapis/abc/prod/_user_request_/v1/');
    expect(apiUrlIn(() => 'https://tasks.example.com/', 'X')).toBe('https://tasks.example.com/');
    expect(apiUrlIn(() => undefined, 'X')).toBeUndefined();
    expect(emulatorUrl('http://localhost:4566', 'wss://abc.execute-api.eu-west-1.amazonaws.com/live')).toBe('ws://localhost:4566/_aws/execute-api/abc/live');
    expect(emulatorUrl('http://localhost:4566', 'https://abc.execute-api.eu-west-1.amazonaws.com/')).toBe('http://localhost:4566/_aws/execute-api/abc/$default/');
  });
});
