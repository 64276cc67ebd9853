import { CfnOutput } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { withEngine } from '../../local/engine/with-engine';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const NODE = `
console.log('starting');
exports.handler = async number => {
  for (let line = 0; line < number; line++) console.log('line ' + line + ' of ' + number);
  process.stderr.write('end of ' + number);
  if (number === 3) throw new Error('three');
}`;

const PYTHON = `
import sys
print('starting')
def handler(number, context):
  for line in range(number):
    print(f'line {line} of {number}')
  print(f'end of {number}', end='')
`;

test('returns the whole log of each invocation, and no line of another', async () => {
  const assembly = synthesizeStack((stack) => {
    new CfnOutput(stack, 'Node', { value: aNodeFunction(stack, 'NodeFunction', NODE).functionName });
    new CfnOutput(stack, 'Python', { value: aNodeFunction(stack, 'PythonFunction', PYTHON, { runtime: Runtime.PYTHON_3_13 }).functionName });
  });
  await withEngine({}, async (engine) => {
    const { Node, Python } = (await deploy(engine, assembly)).outputs('Tiny');
    const logOf = async (name: string, number: number) => {
      const response = await fetch(`${engine.url}/2015-03-31/functions/${name}/invocations`, {
        method: 'POST', headers: { 'x-amz-log-type': 'Tail' }, body: String(number),
      });
      return Buffer.from(response.headers.get('x-amz-log-result') ?? '', 'base64').toString();
    };

    expect(await logOf(Node, 2)).toBe('starting\nline 0 of 2\nline 1 of 2\nend of 2');
    expect(await logOf(Node, 0)).toBe('end of 0');
    expect(await logOf(Node, 3)).toMatch(/^line 0 of 3\nline 1 of 3\nline 2 of 3\nend of 3\nError: three\n/);
    expect(await logOf(Node, 1)).toBe('starting\nline 0 of 1\nend of 1');
    expect(await logOf(Python, 1)).toBe('starting\nline 0 of 1\nend of 1');
    expect(await logOf(Python, 0)).toBe('end of 0');
  });
});
