import { CfnOutput, Stack } from 'aws-cdk-lib';
import { LambdaRestApi } from 'aws-cdk-lib/aws-apigateway';
import { temporaryDirectory } from '../support/temporary-directory';
import { aNodeFunction, synthesize } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

let engine: Engine;

beforeAll(async () => engine = await startEngine());
afterAll(() => engine?.stop());

test('runs at most 4 workers of a function, and serves all requests', async () => {
  const busy = temporaryDirectory('busy');
  const url = await deployFunction('Busy', `
    const fs = require('fs');
    exports.handler = async event => {
      const mine = '${busy}/' + event.requestContext.requestId + '-' + process.pid;
      fs.writeFileSync(mine, '');
      const running = fs.readdirSync('${busy}').length;
      await new Promise(resolve => setTimeout(resolve, 100));
      fs.rmSync(mine);
      return { statusCode: 200, body: JSON.stringify({ running, pid: process.pid }) };
    }`);

  const replies = await Promise.all(Array.from({ length: 60 }, async () => {
    const response = await fetch(url);
    return { status: response.status, ...(await response.json() as { running: number; pid: number }) };
  }));

  expect(replies.map((reply) => reply.status)).toEqual(Array(60).fill(200));
  expect(Math.max(...replies.map((reply) => reply.running))).toBe(4);
  expect(new Set(replies.map((reply) => reply.pid)).size).toBe(4);
});

test('completes a function that invokes itself and waits', async () => {
  const url = await deployFunction('Recursive', `
    exports.handler = async event => {
      const level = Number(event.path.split('/').pop());
      const url = process.env.AWS_ENDPOINT_URL + '/restapis/' + event.requestContext.apiId + '/prod/_user_request_/' + (level - 1);
      return { statusCode: 200, body: level === 0 ? 'the bottom' : await (await fetch(url)).text() };
    }`);

  await expect((await fetch(`${url}4`)).text()).resolves.toBe('the bottom');
});

async function deployFunction(name: string, code: string): Promise<string> {
  const deployment = await deploy(engine, synthesize((app) => {
    const stack = new Stack(app, name);
    const api = new LambdaRestApi(stack, 'Api', { handler: aNodeFunction(stack, 'Function', code) });
    new CfnOutput(stack, 'Url', { value: api.url });
  }));
  return deployment.apiUrl(name, 'Url');
}
