import { DashboardMetric } from '../../test/support/dashboards';
import { Random } from '../../test/support/random';

/** Values of a metric, one for each period. `undefined` where nothing has happened. */
export type Series = readonly (number | undefined)[];

/** Three hours, in periods of five minutes. */
export const PERIODS = 36;

const SHARES: Record<string, number> = { export: 0.6, report: 0.3, video: 0.1 };
/** In this hour, a processor fails more often. */
const INCIDENT = { from: 18, to: 23 };

/** Milliseconds. */
const TIMES: Record<string, Record<string, number>> = {
  TimeToStart: { p50: 420, p90: 900, p99: 1_900 },
  TimeToEnd: { p50: 21_000, p90: 64_000, p99: 140_000 },
  Latency: { p50: 17, p90: 34, p99: 110 },
};
const TIME_OF_TYPE: Record<string, number> = { export: 48_000, report: 22_000, video: 130_000 };

/** What happens for each created task, or at all, by the name of the metric. */
const PER_TASK: Record<string, number> = {
  TasksCreated: 1, TasksStarted: 0.99, TasksSucceeded: 0.95, TasksCancelled: 0.015, Count: 5, NumberOfMessagesSent: 2,
};
const UNITS_PER_TASK: Record<string, number> = {
  'Write ': 3.1, 'Write checks': 2, 'Write owners': 1, 'Read ': 4.2, 'Read checks': 0.6, 'Read owners': 0.1,
};
const INVOCATIONS_PER_TASK: Record<string, number> = {
  ApiHandler: 5, StatusPublisher: 1.4, StatusUpdater: 1.3, StatusReader: 2, Sweeper: 0.05,
};
const MILLISECONDS_PER_INVOCATION = 14;
const LOG_BYTES_PER_TASK: Record<string, number> = {
  ApiHandler: 40, StatusPublisher: 1_900, StatusUpdater: 60, StatusReader: 1, Sweeper: 1,
};

/** Returns sample data of a metric: of about two hundred tasks in each period. The seed makes it the same each time. */
export function sampleOf(metric: DashboardMetric): Series {
  const identity = JSON.stringify([metric.name, metric.dimensions]);
  const random = new Random([...identity].reduce((hash, character) => hash * 31 % 1e9 + character.charCodeAt(0), 7));
  const around = (value: number, spread = 0.15) => value * (1 + spread * (2 * random.next() - 1));
  return Array.from({ length: PERIODS }, (_, period) => valueOf(metric, period, around, random));
}

/** Returns the unit that CloudWatch shows next to the values of a metric. */
export function unitOf({ name = '' }: DashboardMetric): string {
  if (name in TIMES || name === 'IteratorAge') return 'Milliseconds';
  return name.includes('AgeOf') || name.endsWith('Age') ? 'Seconds' : 'Count';
}

type Around = (value: number, spread?: number) => number;

function valueOf(metric: DashboardMetric, period: number, around: Around, random: Random): number | undefined {
  const { name = '', stat = '', dimensions } = metric;
  const { TaskType, ErrorCode, Reason, FunctionName, LogGroupName, QueueName, GlobalSecondaryIndexName: index } = dimensions;
  const tasks = 200 + 60 * Math.sin(period / 6) + 15 * Math.sin(period);
  const isIncident = period >= INCIDENT.from && period <= INCIDENT.to;
  const invocations = () => tasks * ofPart(INVOCATIONS_PER_TASK, FunctionName);
  const share = TaskType === undefined ? 1 : SHARES[TaskType];
  const isUndelivered = QueueName?.includes('Undelivered');

  if (name in PER_TASK) return Math.round(around(tasks * share * PER_TASK[name] * (isUndelivered ? 0.001 : 1), 0.04));
  if (name === 'TasksFailed') {
    if (TaskType !== undefined) return Math.round(around(TaskType === 'export' && isIncident ? 22 : 3 * share));
    return failures(ErrorCode, isIncident, random);
  }
  if (name === 'TasksTimedOut') return random.int(0, 2);
  if (name === 'TimeToEnd' && TaskType !== undefined) return around(TIME_OF_TYPE[TaskType]);
  if (name in TIMES) return around(TIMES[name][stat] * (isIncident && name !== 'Latency' ? 1.3 : 1));
  if (name.startsWith('4')) return random.int(0, 6);
  if (name.startsWith('5')) return random.chance(0.05) ? 1 : 0;
  if (name === 'IteratorAge') return around(420, 0.5);
  if (name === 'ApproximateAgeOfOldestMessage') return isUndelivered ? 0 : random.int(0, 2);
  if (name === 'OldestOverdueCheckAge') return random.chance(0.5) ? random.int(4, 58) : undefined;
  if (name === 'ReportsIgnored') return ignored(Reason, isIncident, random);
  if (name === 'Errors') return FunctionName.includes('ApiHandler') && random.chance(0.05) ? 1 : 0;
  if (name === 'Throttles' || name === 'ApproximateNumberOfMessagesVisible') return 0;
  const units = /^Consumed(\w+)CapacityUnits$/.exec(name);
  if (units) return around(tasks * UNITS_PER_TASK[`${units[1]} ${index ?? ''}`], 0.04);
  if (name === 'Invocations') return Math.round(around(invocations(), 0.04));
  if (name === 'Duration') return around(invocations() * MILLISECONDS_PER_INVOCATION, 0.04);
  if (name === 'NumberOfEmptyReceives') return around(60, 0.1);
  if (name === 'IncomingBytes') return around(tasks * ofPart(LOG_BYTES_PER_TASK, LogGroupName), 0.04);
  throw new Error(`sampleOf() must have values for ${JSON.stringify(metric)}`);
}

/** Returns the number of the function that has this reference. */
function ofPart(numbers: Record<string, number>, reference: string): number {
  return numbers[Object.keys(numbers).find((part) => reference.includes(part))!];
}

function failures(code: string | undefined, isIncident: boolean, random: Random): number | undefined {
  const usual = {
    ProcessorFailed: isIncident ? random.int(14, 26) : random.int(0, 3), TaskTimeout: random.int(0, 1), Other: random.int(0, 3),
  };
  if (code === undefined) return Object.values(usual).reduce((sum, count) => sum + count);
  return usual[code as keyof typeof usual];
}

function ignored(reason: string | undefined, isIncident: boolean, random: Random): number | undefined {
  const usual = { TaskEnded: random.int(0, isIncident ? 6 : 2), StaleSequence: random.int(0, 2) };
  return usual[reason as keyof typeof usual];
}
