/** The command line in the hands of a script that goes wrong, and in front of servers that are not the API. Needs no engine. */
import { once } from 'node:events';
import { createServer, RequestListener, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { ended, Program } from '../../support/program';

jest.setTimeout(60_000);

const nobody = new Program({ AWS_EC2_METADATA_DISABLED: 'true' });

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('Ctrl-C', () => {
  test.each([
    ['the API', (url: string) => ({ parameters: ['list', '--auth', 'none', '--url', url], environment: {} })],
    ['AWS', (url: string) => ({ parameters: ['list', '--stack', 'X'], environment: aws(url) })],
    ['AWS, for dead letters', (url: string) => ({ parameters: ['dead-letters', 'list', '--stack', 'X'], environment: aws(url) })],
  ])('ends a command that waits for %s', async (_, commandFor) => {
    let onRequest!: () => void;
    const requested = new Promise<void>((resolve) => { onRequest = resolve; });
    const { parameters, environment } = commandFor(await serve(() => onRequest()));
    const child = nobody.with(environment).start(...parameters);
    const outcome = ended(child);
    await requested;
    child.kill('SIGINT');
    expect(await outcome).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  const aws = (url: string) => ({ AWS_ENDPOINT_URL: url, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' });
});

test('wrong arguments end a command although standard input is open', async () => {
  const child = nobody.start('list', '--header', 'Authorization', '--url', 'nowhere');
  expect(await ended(child)).toMatchObject({ code: 2, stderr: expect.stringContaining('--url must be a URL') });
});

test.each([
  [['get', '', '--url', 'http://localhost/'], "argument 'taskId'"],
  [['watch', 'a', '..', '--url', 'http://localhost/'], "argument 'taskIds'"],
  [['list', '--url', 'http://localhost/', '--profile', ''], '--profile must not be empty'],
  [['list', '--url', 'http://localhost/', '--header', ''], '--header must not be empty'],
])('what a script leaves empty is refused: %j', async (parameters, message) => {
  const { code, stdout, stderr } = await nobody.run(parameters);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('empty variables are as if they were not set', async () => {
  const url = await serve((_, response) => response.end('{"tasks":[]}'));
  const environment = { TASK_MANAGER_URL: '', TASK_MANAGER_STACK: '', TASK_MANAGER_NAME: '', TASK_MANAGER_LIVE_URL: '' };
  expect(await nobody.with(environment).run(['list', '--auth', 'none', '--url', url])).toMatchObject({ code: 0 });
  const { code, stderr } = await nobody.with({ ...environment, AWS_REGION: '', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' })
    .run(['list', '--url', url]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('the AWS region is not known') });
});

test('a list that is not complete says so, also as JSON', async () => {
  const url = await serve((_, response) => response.end('{"tasks":[{"taskId":"a","createdAt":"2026-01-01T00:00:00.000Z"}],"nextToken":"more"}'));
  const { code, stdout, stderr } = await nobody.run(['list', '--auth', 'none', '--url', url, '--limit', '1', '--output', 'json']);
  expect({ code, tasks: JSON.parse(stdout).length }).toEqual({ code: 0, tasks: 1 });
  expect(stderr).toContain('There are more');
});

test('a refused connection says why', async () => {
  const url = await serve(() => {});
  server!.close();
  const { code, stderr } = await nobody.run(['list', '--auth', 'none', '--url', url]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
});
