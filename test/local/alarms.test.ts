import {
  CloudWatchClient, DescribeAlarmsCommand, MetricAlarm, PutMetricAlarmCommand, PutMetricAlarmCommandInput, PutMetricDataCommand, StateValue,
} from '@aws-sdk/client-cloudwatch';
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Alarm, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { until } from './fixtures/processes';
import { aQueue, receiveJson } from './fixtures/queues';
import { synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { withEngine } from '../../local/engine/with-engine';
import { awaitAlarm } from '../support/metrics';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

/** So long that no test runs across its end, unless it starts seconds before a full day in UTC. */
const PERIOD = 86_400;
const PERIOD_MS = 1_000 * PERIOD;

let engine: Engine;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  engine = await startEngine();
  cloudWatch = new CloudWatchClient(engine.sdkClientConfig);
});
afterAll(() => engine?.stop());

describe('an alarm', () => {
  test('watches the metric with exactly its dimensions', async () => {
    await put('Dimensions', 9, { queue: 'a' });
    await put('Dimensions', 9);
    await put('Dimensions', 1, { queue: 'a', shop: 'north' });
    await put('Dimensions', 9, { queue: 'b', shop: 'north' });
    const alarm = await anAlarm('Dimensions', { Dimensions: [{ Name: 'shop', Value: 'north' }, { Name: 'queue', Value: 'a' }] });

    await awaitAlarm(cloudWatch, alarm, 'OK');
    await put('Dimensions', 9, { shop: 'north', queue: 'a' });
    await awaitAlarm(cloudWatch, alarm, 'ALARM');
  });

  test.each<[string, Partial<PutMetricAlarmCommandInput>, StateValue]>([
    ['average, which is at the threshold,', { Statistic: 'Average', Threshold: 2.5 }, 'OK'],
    ['average, which is above the threshold,', { Statistic: 'Average', Threshold: 2.4 }, 'ALARM'],
    ['sum', { Statistic: 'Sum', Threshold: 9.9 }, 'ALARM'],
    ['maximum', { Statistic: 'Maximum', Threshold: 4 }, 'OK'],
    ['minimum', { Statistic: 'Minimum', Threshold: 1, ComparisonOperator: 'LessThanOrEqualToThreshold' }, 'ALARM'],
    ['number of samples', { Statistic: 'SampleCount', Threshold: 4, ComparisonOperator: 'LessThanThreshold' }, 'OK'],
    ['90th percentile', { Statistic: undefined, ExtendedStatistic: 'p90', Threshold: 3.6 }, 'ALARM'],
    ['median', { Statistic: undefined, ExtendedStatistic: 'p50', Threshold: 2.5, ComparisonOperator: 'GreaterThanOrEqualToThreshold' }, 'ALARM'],
  ])('compares the %s of a period', async (_, settings, state) => {
    const name = `Statistic${unique()}`;
    for (const value of [1, 2, 3, 4]) await put(name, value);
    await awaitAlarm(cloudWatch, await anAlarm(name, settings), state);
  });

  test.each([
    // X is breaching, 0 is not, - is missing. An alarm that ignores missing data stays in its state, INSUFFICIENT_DATA.
    { data: '0XX', needed: 3, states: 'OK OK OK OK' },
    { data: 'XXX', needed: 3, states: 'ALARM ALARM ALARM ALARM' },
    { data: '---', needed: 3, states: 'INSUFFICIENT_DATA INSUFFICIENT_DATA ALARM OK' },
    { data: 'X--', needed: 3, states: 'ALARM INSUFFICIENT_DATA ALARM OK' },
    { data: '-X-', needed: 2, states: 'ALARM INSUFFICIENT_DATA ALARM OK' },
    { data: 'X--', needed: 2, states: 'ALARM INSUFFICIENT_DATA ALARM OK' },
    { data: '--X', needed: 3, states: 'OK OK ALARM OK' },
    { data: '--0', needed: 2, states: 'OK OK ALARM OK' },
    { data: '0-X', needed: 2, states: 'OK OK ALARM OK' },
    { data: '0X-', needed: 2, states: 'OK OK ALARM OK' },
    { data: 'X0X', needed: 2, states: 'ALARM ALARM ALARM ALARM' },
    { data: 'XX-', needed: 2, states: 'ALARM ALARM ALARM ALARM' },
  ])('with the data $data, $needed of 3 to alarm, is in $states', async ({ data, needed, states }) => {
    const name = `Missing${unique()}`;
    // The current period, which has no data, does not count yet.
    for (const [index, point] of [...data].entries()) {
      if (point !== '-') await put(name, point === 'X' ? 9 : 1, {}, data.length - index);
    }
    const alarms: string[] = [];
    for (const treatment of ['missing', 'ignore', 'breaching', 'notBreaching']) {
      alarms.push(await anAlarm(name, { EvaluationPeriods: 3, DatapointsToAlarm: needed, TreatMissingData: treatment }));
    }
    const expected = states.split(' ') as StateValue[];
    // The engine evaluates the alarms in this order.
    await awaitAlarm(cloudWatch, alarms[3], expected[3]);
    expect(await Promise.all(alarms.map(async (alarm) => (await describeAlarm(alarm)).StateValue))).toEqual(expected);
  });
});

test.each<[string, Partial<PutMetricAlarmCommandInput>]>([
  ['statistic tm90', { Statistic: undefined, ExtendedStatistic: 'tm90' }],
  ['GreaterThanUpperThreshold', { ComparisonOperator: 'GreaterThanUpperThreshold' }],
])('the log of the engine says that it can\'t evaluate an alarm: %s', async (reason, settings) => {
  await put('Unsupported', 9);

  const alarm = await anAlarm('Unsupported', settings);

  await until(() => engine.log(1_000).includes(`can't evaluate alarm ${alarm}: Unsupported: ${reason}`));
  expect(await describeAlarm(alarm)).toMatchObject({ StateValue: 'INSUFFICIENT_DATA' });
});

describe('an alarm with metric math', () => {
  const DATA = {
    // The examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    metric1: '1 1 0 0 -', metric2: '30 - 0 0 30', metric3: '0 0 20 - 20', some1: '30 20 0 0 -', some2: '20 - 20 - -',
  };

  const EXPECTED = {
    'IF(metric1, metric2, metric3)': '30 0 20 - -',
    'IF(metric1, 5, metric3)': '5 5 20 - -',
    'IF(metric1, metric2, 5)': '30 0 5 5 -',
    'IF(metric1, metric2)': '30 0 - - -',
    'IF(1 > 2, metric2, metric3)': '0 0 20 - 20',
    'some1 < some2': '0 0 1 0 -',
    'some1 >= 30': '1 0 0 0 -',
    'some1 > 15 AND some2 > 15': '1 0 0 0 -',
    'some1 > 25 || some2 > 15': '1 0 1 0 -',
    'some1 == 20 OR some1 != 0 && some2 <= 20': '1 1 0 0 -',
    'some1 + some2 * 2': '70 20 40 0 -',
    '(some1 + some2) * 2 - -1': '101 41 41 1 -',
    '100 * metric1 / some1 - 1': '2.33333 4 - - -',
    'metric3 / 0': '- - - - -',
    'FILL(some2, 7)': '7 20 7 7 7',
    'FILL(some2, metric2)': '20 - 20 0 30',
    'FILL(some2, REPEAT)': '20 20 20 20 20',
    'SUM([some1, some2])': '50 20 20 0 -',
    'MAX([some1, some2 + 5])': '30 20 25 0 -',
    'MIN(METRICS("some"))': '20 20 0 0 -',
    'AVG([some1, some2])': '25 10 10 0 -',
    'SUM(METRICS() / 2)': '40.5 10.5 20 0 25',
    'some1 / MAX(some1)': '1 0.666667 0 0 -',
  };

  const UNSUPPORTED = {
    'RATE(metric1)': 'unknown: RATE(metric1)',
    'metric1 +': 'invalid syntax',
    'IF(metric1)': 'wrong arguments',
    'METRICS() + [metric1]': 'wrong arguments',
    'metric1 + "text"': 'wrong arguments',
    'metric1.real': 'unknown: metric1.real',
    '5 + 5': 'needs a time series, and expr_1 is none',
  };

  test('compares the values of its expression', async () => {
    for (const [metric, values] of Object.entries(DATA)) {
      for (const [index, value] of values.split(' ').entries()) {
        if (value !== '-') await put(metric, Number(value), { data: 'math' }, 5 - index);
      }
    }
    const expressions = Object.keys(EXPECTED);

    const names = await deployAlarms('Math', expressions);

    const found = await Promise.all(names.map(async (name) => {
      await awaitAlarm(cloudWatch, name, 'OK');
      return (await describeAlarm(name)).StateReason!.split(': ').at(-1)!.replaceAll('missing', '-').replaceAll(',', '');
    }));
    expect(Object.fromEntries(found.map((values, index) => [expressions[index], values]))).toEqual(EXPECTED);
  });

  test('that is not supported deploys, has insufficient data, and the log of the engine says why', async () => {
    const names = await deployAlarms('Unsupported', Object.keys(UNSUPPORTED));

    for (const [index, reason] of Object.values(UNSUPPORTED).entries()) {
      await until(() => engine.log(1_000).split('\n').some((line) => line.includes(`alarm ${names[index]}:`) && line.includes(reason)));
      expect(await describeAlarm(names[index])).toMatchObject({ StateValue: 'INSUFFICIENT_DATA' });
    }
  });

  /** Deploys alarms, and returns their names. */
  async function deployAlarms(stackName: string, expressions: string[]): Promise<string[]> {
    const assembly = synthesizeStack((stack) => {
      for (const [index, expression] of expressions.entries()) {
        const usingMetrics = Object.fromEntries(Object.keys(DATA).map((metricName) => [
          metricName, new Metric({ namespace: 'Test', metricName, dimensionsMap: { data: 'math' }, statistic: Stats.SUM }),
        ]));
        const alarm = new Alarm(stack, `Alarm${index}`, {
          metric: new MathExpression({ expression, usingMetrics, period: Duration.seconds(PERIOD) }),
          evaluationPeriods: 5,
          threshold: 1_000,
          treatMissingData: TreatMissingData.NOT_BREACHING,
        });
        new CfnOutput(stack, `Name${index}`, { value: alarm.alarmName });
      }
    }, stackName);
    const outputs = (await deploy(engine, assembly)).outputs(stackName);
    return expressions.map((_, index) => outputs[`Name${index}`]);
  }
});

test('an alarm of a template goes to ALARM and back to OK, and notifies its topic of both', async () => {
  const assembly = synthesizeStack((stack) => {
    const topic = new Topic(stack, 'Topic');
    const notifications = aQueue(stack, 'Notifications');
    topic.addSubscription(new SqsSubscription(notifications, { rawMessageDelivery: true }));
    const alarm = new Alarm(stack, 'Alarm', {
      metric: new Metric({ namespace: 'Test', metricName: 'Failures', statistic: Stats.percentile(50), period: Duration.minutes(1) }),
      evaluationPeriods: 3,
      datapointsToAlarm: 1,
      threshold: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    // The subscription belongs to the queue. Without it, the first notification can get lost.
    alarm.node.addDependency(notifications);
    new CfnOutput(stack, 'Name', { value: alarm.alarmName });
  });
  await withEngine({ alarmPeriodScale: 1 / 60 }, async (fastEngine) => {
    const { Notifications, Name } = (await deploy(fastEngine, assembly)).outputs('Tiny');
    const fastCloudWatch = new CloudWatchClient(fastEngine.sdkClientConfig);
    const nextState = async () => {
      const { AlarmName, OldStateValue, NewStateValue } = await receiveJson(fastEngine, Notifications);
      return [AlarmName, OldStateValue, NewStateValue];
    };
    expect(await nextState()).toEqual([Name, 'INSUFFICIENT_DATA', 'OK']);

    await put('Failures', 9, {}, 0, fastCloudWatch);

    expect(await nextState()).toEqual([Name, 'OK', 'ALARM']);
    expect(await nextState()).toEqual([Name, 'ALARM', 'OK']);
  });
});

async function put(
  metric: string, value: number, dimensions: Record<string, string> = {}, periodsAgo = 0, client = cloudWatch,
): Promise<void> {
  await client.send(new PutMetricDataCommand({
    Namespace: 'Test',
    MetricData: [{
      MetricName: metric,
      Value: value,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Timestamp: new Date(Date.now() - periodsAgo * PERIOD_MS),
    }],
  }));
}

async function anAlarm(metric: string, settings: Partial<PutMetricAlarmCommandInput> = {}): Promise<string> {
  const AlarmName = `alarm-${unique()}`;
  await cloudWatch.send(new PutMetricAlarmCommand({
    AlarmName,
    Namespace: 'Test',
    MetricName: metric,
    Statistic: 'Sum',
    Period: PERIOD,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
    ...settings,
  }));
  return AlarmName;
}

async function describeAlarm(name: string): Promise<MetricAlarm> {
  return (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms![0];
}

let count = 0;
const unique = () => ++count;
