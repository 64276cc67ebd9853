import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

jest.setTimeout(120_000);

const MAIN = join(__dirname, '..', '..', 'local', 'main.ts');

test('prints how to use it, and runs until it is interrupted', async () => {
  const { code, output } = await runMain([], (text) => text.includes('cdk deploy'));

  expect(code).toBe(130);
  expect(output).toMatch(/AWS runs at (http:\/\/127\.0\.0\.1:\d+) /);
  expect(output).toMatch(/export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+ /);
  expect(output).toContain('npx cdk bootstrap\n');
});

test('prints only that the port is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const result = await runMain(['--port', String(port)]);
  server.close();

  expect(result).toEqual({ code: 1, output: `port ${port} is in use; choose another port with --port, or omit --port to use a free one\n` });
});

test.each([
  [['--prot', '4566'], /^Unknown option '--prot'/],
  [['4566'], /^Unexpected argument '4566'/],
  [['--port', '0'], /^--port must be a number from 1 to 65535, got '0'/],
  [['--port', '4566x'], /^--port must be a number from 1 to 65535, got '4566x'/],
])('refuses the arguments %j', async (args, message) => {
  const { code, output } = await runMain(args);

  expect(code).toBe(2);
  expect(output).toMatch(message);
  expect(output).toContain('usage: npm run local');
});

async function runMain(
  args: string[], interruptWhen: (output: string) => boolean = () => false,
): Promise<{ code: number; output: string }> {
  const main = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [main.stdout, main.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (interruptWhen(output)) {
        main.kill('SIGINT');
      }
    });
  }
  const [code] = await once(main, 'close');
  return { code, output };
}
