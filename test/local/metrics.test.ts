import { join } from 'node:path';
import { CloudWatchClient, GetMetricDataCommand, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CfnOutput } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { metricSum } from '../support/metrics';
import { temporaryDirectory } from '../support/temporary-directory';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const NODE = 'exports.handler = async lines => { for (const line of lines) console.log(line); }';

const PYTHON = `
def handler(lines, context):
  for line in lines:
    print(line)
`;

const POWERTOOLS = `
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
const metrics = new Metrics({ namespace: 'Powertools', defaultDimensions: { Shop: 'north' } });
export const handler = async () => {
  metrics.addMetric('Orders', MetricUnit.Count, 2);
  metrics.addMetric('Orders', MetricUnit.Count, 3);
  metrics.publishStoredMetrics();
};`;

let engine: Engine;
let cloudWatch: CloudWatchClient;
let functions: Record<string, string>;

beforeAll(async () => {
  const assembly = synthesizeStack((stack) => {
    for (const [id, handler] of Object.entries({
      Node: aNodeFunction(stack, 'NodeFunction', NODE),
      Python: aNodeFunction(stack, 'PythonFunction', PYTHON, { runtime: Runtime.PYTHON_3_13 }),
      Powertools: aNodeFunction(stack, 'PowertoolsFunction', POWERTOOLS, { code: bundle(POWERTOOLS) }),
    })) {
      new CfnOutput(stack, id, { value: handler.functionName });
    }
  });
  engine = await startEngine();
  cloudWatch = new CloudWatchClient(engine.sdkClientConfig);
  functions = (await deploy(engine, assembly)).outputs('Tiny');
});
afterAll(() => engine?.stop());

describe('a document in the embedded metric format, in the log of a function', () => {
  test('gives a metric for each directive, set of dimensions and metric', async () => {
    await log('Node', document({
      directives: [
        { Namespace: 'One', Dimensions: [['shop'], ['shop', 'till'], []], Metrics: [{ Name: 'sales' }, { Name: 'seconds', Unit: 'Seconds' }] },
        { Namespace: 'Other', Dimensions: [['till']], Metrics: [{ Name: 'sales', Unit: 'Count' }] },
      ],
      members: { shop: 'north', till: '7', sales: 2, seconds: [1.5, 2.5, 3] },
    }));

    const namespaces = ['One', 'Other'];
    const dimensionSets: Record<string, string>[] = [{ shop: 'north' }, { shop: 'north', till: '7' }, {}, { till: '7' }];
    const sums = (metricName: string) => Promise.all(namespaces.flatMap((namespace) => (
      dimensionSets.map((dimensions) => metricSum(cloudWatch, { namespace, metricName, dimensions }))
    )));
    expect(await sums('sales')).toEqual([2, 2, 2, undefined, undefined, undefined, undefined, 2]);
    expect(await sums('seconds')).toEqual([7, 7, 7, undefined, undefined, undefined, undefined, undefined]);
    const { Datapoints } = await cloudWatch.send(new GetMetricStatisticsCommand({
      ...range(), Namespace: 'One', MetricName: 'seconds', Statistics: ['Maximum', 'SampleCount'], ExtendedStatistics: ['p50'],
    }));
    expect(Datapoints).toMatchObject([{ Unit: 'Seconds', Maximum: 3, SampleCount: 3, ExtendedStatistics: { p50: 2.5 } }]);
  });

  test('has the time of its timestamp', async () => {
    const at = Math.floor(Date.now() / 60_000 - 30) * 60_000;

    await log('Node', document({ namespace: 'Earlier', timestamp: at + 59_999, members: { sales: 4 } }));

    const { MetricDataResults } = await cloudWatch.send(new GetMetricDataCommand({
      ...range(), MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: { Namespace: 'Earlier', MetricName: 'sales' }, Period: 60, Stat: 'Sum' } }],
    }));
    expect(MetricDataResults).toMatchObject([{ Timestamps: [new Date(at)], Values: [4] }]);
  });

  test('works in Python, with text before it, and from Powertools', async () => {
    await log('Python', document({ namespace: 'Python', members: { sales: 1 } }));
    await log('Node', `2026-11-27T03:00:00.000Z\tid\tINFO\t${document({ namespace: 'Prefixed', members: { sales: 2 } })}`);
    await log('Powertools');

    expect(await metricSum(cloudWatch, { namespace: 'Python', metricName: 'sales' })).toBe(1);
    expect(await metricSum(cloudWatch, { namespace: 'Prefixed', metricName: 'sales' })).toBe(2);
    expect(await metricSum(cloudWatch, {
      namespace: 'Powertools', metricName: 'Orders', dimensions: { Shop: 'north', service: 'service_undefined' },
    })).toBe(5);
  });

  test.each<[string, Parameters<typeof document>[0]]>([
    ['without a timestamp', { timestamp: null }],
    ['without a namespace', { directives: [{ Dimensions: [[]], Metrics: [{ Name: 'sales' }] }] }],
    ['without the value of a metric', { members: {} }],
    ['with a value that is no number', { members: { sales: '2' } }],
    ['with a truth value', { members: { sales: true } }],
    ['with more than 100 values', { members: { sales: Array(101).fill(1) } }],
    ['with a dimension that is no text', { members: { sales: 2, shop: 7 }, dimensions: [['shop']] }],
    ['without the value of a dimension', { members: { sales: 2 }, dimensions: [['shop']] }],
    ['with one good and one bad directive', {
      members: { sales: 2 },
      directives: [
        { Namespace: 'Bad', Dimensions: [[]], Metrics: [{ Name: 'sales' }] },
        { Namespace: 'Bad', Dimensions: [[]], Metrics: [{ Name: 'losses' }] },
      ],
    }],
  ])('is ignored %s, and the log of the engine says so', async (_, options) => {
    const before = ignored();

    await log('Node', document({ namespace: 'Bad', members: { sales: 2 }, ...options }));

    expect(ignored()).toBe(before + 1);
    expect(await metricSum(cloudWatch, { namespace: 'Bad', metricName: 'sales' })).toBeUndefined();
  });

  test('is none inside another object, as in a log in JSON', async () => {
    const inner = document({ namespace: 'Inner', members: { sales: 2 } });

    await log('Node', JSON.stringify({ level: 'INFO', message: JSON.parse(inner) }), JSON.stringify({ message: inner }), '{"_aws"');

    expect(await metricSum(cloudWatch, { namespace: 'Inner', metricName: 'sales' })).toBeUndefined();
  });
});

/** Has a function write lines to its log. */
async function log(name: string, ...lines: string[]): Promise<void> {
  const lambda = new LambdaClient(engine.sdkClientConfig);
  const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: functions[name], Payload: JSON.stringify(lines) }));
  expect(FunctionError).toBeUndefined();
}

function document({ namespace = 'Test', timestamp = Date.now(), members = {}, dimensions = [[]], directives }: {
  namespace?: string; timestamp?: number | null; members?: object; dimensions?: string[][]; directives?: object[];
}): string {
  const CloudWatchMetrics = directives ?? [{ Namespace: namespace, Dimensions: dimensions, Metrics: [{ Name: 'sales' }] }];
  return JSON.stringify({ _aws: { Timestamp: timestamp, CloudWatchMetrics }, ...members });
}

function ignored(): number {
  return engine.log(1_000).split('ignored a document in the embedded metric format').length - 1;
}

function range() {
  return { StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 60_000), Period: 60 };
}

function bundle(code: string): Code {
  const folder = temporaryDirectory('powertools');
  buildSync({
    stdin: { contents: code, resolveDir: __dirname }, bundle: true, platform: 'node', target: 'node20', outfile: join(folder, 'index.js'),
  });
  return Code.fromAsset(folder);
}
