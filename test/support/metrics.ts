import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand, StateValue } from '@aws-sdk/client-cloudwatch';
import { eventually } from './eventually';

const MINUTE_MS = 60_000;
/** GetMetricStatistics returns at most 1,440 periods. */
const PERIODS = 1_440;

export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  /** All dimensions of the metric. */
  readonly dimensions?: Record<string, string>;
}

/** Returns the sum of all values of a metric in the last day, or undefined if there are none. */
export async function metricSum(cloudWatch: CloudWatchClient, metric: MetricName): Promise<number | undefined> {
  const { namespace, metricName, dimensions = {} } = metric;
  const end = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
  const { Datapoints = [] } = await cloudWatch.send(new GetMetricStatisticsCommand({
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    StartTime: new Date(end - PERIODS * MINUTE_MS),
    EndTime: new Date(end),
    Period: MINUTE_MS / 1_000,
    Statistics: ['Sum'],
  }));
  return Datapoints.length > 0 ? Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0) : undefined;
}

/** Waits until an alarm is in a state. Throws if it does not get there in time. */
export async function awaitAlarm(cloudWatch: CloudWatchClient, alarmName: string, state: StateValue, patienceMs?: number): Promise<void> {
  let found = 'there is no such alarm';
  const look = async () => {
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({
      AlarmNames: [alarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    }));
    const alarm = [...MetricAlarms, ...CompositeAlarms][0];
    if (alarm) found = `it is in ${alarm.StateValue} (${alarm.StateReason})`;
    return alarm?.StateValue === state || undefined;
  };
  await eventually(`${state} of alarm ${alarmName}`, look, patienceMs).catch((error: Error) => {
    throw new Error(`${error.message}: ${found}`, { cause: error });
  });
}
