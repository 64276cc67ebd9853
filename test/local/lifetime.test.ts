import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CfnOutput } from 'aws-cdk-lib';
import { LambdaRestApi } from 'aws-cdk-lib/aws-apigateway';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { processesNaming, until } from './fixtures/processes';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';

jest.setTimeout(120_000);

const HOLD_ENGINE = join(__dirname, 'fixtures', 'hold-engine.ts');

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('ends all processes on %s, and exits with %i', async (signal, code) => {
  const { owner, directory } = await aProcessWithAnEngine();
  expect(workersIn(directory)).toEqual([expect.stringContaining('_worker.js'), expect.stringContaining('_worker.py')]);

  owner.kill(signal);

  await expect(once(owner, 'exit')).resolves.toEqual([code, null]);
  expect(processesNaming(directory)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

test('ends all processes when its parent is killed', async () => {
  const { owner, directory } = await aProcessWithAnEngine();
  expect(workersIn(directory)).toHaveLength(2);

  owner.kill('SIGKILL');

  await until(() => processesNaming(directory).length === 0 && !existsSync(directory));
});

function workersIn(directory: string): string[] {
  return processesNaming(directory).filter((line) => line.includes('_worker')).sort((a, b) => a.slice(-3).localeCompare(b.slice(-3)));
}

async function aProcessWithAnEngine(): Promise<{ owner: ChildProcess; directory: string }> {
  const assembly = synthesizeStack((stack) => {
    const apis = {
      Node: aNodeFunction(stack, 'Node', 'exports.handler = async () => ({ statusCode: 200 })'),
      Python: aNodeFunction(stack, 'Python', 'def handler(event, context):\n  return {"statusCode": 200}', { runtime: Runtime.PYTHON_3_13 }),
    };
    for (const [name, handler] of Object.entries(apis)) {
      new CfnOutput(stack, `${name}Url`, { value: new LambdaRestApi(stack, `${name}Api`, { handler }).url });
    }
  });
  const owner = spawn(process.execPath, ['--import', 'tsx', HOLD_ENGINE, assembly, 'NodeUrl', 'PythonUrl'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(owner.stdout.setEncoding('utf8'), 'data');
  return { owner, directory: dirname(JSON.parse(line).logFile) };
}
