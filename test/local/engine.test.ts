import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { processesNaming } from './fixtures/processes';
import { startEngine } from '../../local/engine/engine';
import { EngineError } from '../../local/engine/engine-error';
import { waitUntilHealthy } from '../../local/engine/health';
import { freePort } from '../../local/engine/ports';
import { withEngine } from '../../local/engine/with-engine';

jest.setTimeout(120_000);

test('answers AWS requests until it is stopped', async () => {
  const engine = await startEngine();
  const ssm = new SSMClient(engine.sdkClientConfig);

  await ssm.send(new PutParameterCommand({ Name: 'greeting', Value: 'hello', Type: 'String' }));
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: 'greeting' }));
  await engine.stop();

  expect(Parameter?.Value).toBe('hello');
  await expect(fetch(engine.url)).rejects.toThrow();
});

test('leaves no process and no file behind after it is stopped, even twice', async () => {
  const engine = await startEngine();
  const directory = dirname(engine.logFile);
  expect(processesNaming(directory)).not.toHaveLength(0);

  await Promise.all([engine.stop(), engine.stop()]);
  await engine.stop();
  await engine.ended;

  expect(processesNaming(directory)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

test('shares nothing with another engine that runs at the same time', async () => {
  await withEngine({}, async (one) => withEngine({}, async (other) => {
    await new SSMClient(one.sdkClientConfig).send(new PutParameterCommand({ Name: 'greeting', Value: 'hello', Type: 'String' }));

    await expect(new SSMClient(other.sdkClientConfig).send(new GetParameterCommand({ Name: 'greeting' })))
      .rejects.toThrow(expect.objectContaining({ name: 'ParameterNotFound' }));
  }));
});

test('is reachable only from this machine', async () => {
  const addresses = Object.values(networkInterfaces()).flat().filter((address) => address && !address.internal && address.family === 'IPv4');
  await withEngine({}, async (engine) => {
    for (const address of addresses) {
      await expect(canConnect(address!.address, engine.port)).resolves.toBe(false);
    }
    await expect(canConnect('127.0.0.1', engine.port)).resolves.toBe(true);
  });
});

test('says that a port is in use', async () => {
  await withEngine({}, async (engine) => {
    await expect(startEngine({ port: engine.port })).rejects.toThrow(new EngineError(
      `port ${engine.port} is in use; choose another port with --port, or omit --port to use a free one`,
    ));
  });
});

test('starts one of two engines on the same port, and reports to the other that the port is in use', async () => {
  const port = await freePort();

  const started = await Promise.allSettled([startEngine({ port }), startEngine({ port })]);

  const engines = started.flatMap((result) => result.status === 'fulfilled' ? [result.value] : []);
  const problems = started.flatMap((result) => result.status === 'rejected' ? [result.reason] : []);
  await Promise.all(engines.map((engine) => engine.stop()));
  expect(engines).toHaveLength(1);
  expect(problems).toEqual([expect.objectContaining({ name: 'EngineError', message: expect.stringContaining(`port ${port} is in use`) })]);
});

test('reports an engine that ended before it responded', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;

  await expect(waitUntilHealthy({ url, identity: 'ours', ended: Promise.resolve({ code: 3 }) })).resolves.toBe('ended with code 3');
});

test('ignores an engine that is not ours', async () => {
  await withEngine({}, async (engine) => {
    await expect(waitUntilHealthy({ url: engine.url, identity: 'ours', ended: Promise.resolve({ code: 1 }) })).resolves.toBe('ended with code 1');
  });
});

test('ends the engine when the code that uses it fails', async () => {
  let directory = '';

  const failing = withEngine({}, async (engine) => {
    directory = dirname(engine.logFile);
    throw new Error('the test failed');
  });

  await expect(failing).rejects.toThrow('the test failed');
  expect(processesNaming(directory)).toEqual([]);
});

test('listens for signals only while it has an engine', async () => {
  const before = process.listenerCount('SIGTERM');

  await withEngine({}, async () => expect(process.listenerCount('SIGTERM')).toBe(before + 1));

  expect(process.listenerCount('SIGTERM')).toBe(before);
});

async function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.on('connect', () => settle(true)).on('error', () => settle(false));
  });
}
