import { LifeOptions, Step, TaskLife } from './life/task-life';
import { ASSUMED, USD } from './prices';
import { CHECK_SHARDS } from '../src/runtime/task/index-keys';

/** Kinds of API. */
export type Endpoint = keyof typeof USD.apiRequest;

/** USD by service. */
export type Bill = Record<string, number>;

/** Average counts for a task. */
export interface Usage {
  readonly requests: number;
  readonly invocations: number;
  readonly logBytes: number;
  /** A metric costs by the hour in which it has values. */
  readonly metricHours?: number;
  readonly functionSeconds: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly events: number;
  readonly queueRequests: number;
  /** Those of them about messages with a group. */
  readonly fairQueueRequests?: number;
  /** Of a WebSocket API, as the next one. */
  readonly messages?: number;
  readonly connectionMinutes?: number;
  readonly storedBytes: number;
  /** Transitions of a state machine. */
  readonly transitions?: number;
}

/** Number of messages that a poller of Lambda receives, and deletes, at once. */
const SQS_BATCH = 10;
const DAYS_A_MONTH = 30;
const MILLION = 1e6;

/** Counts what a task uses, by running tasks through the real handlers. */
export async function countUsage(options: LifeOptions): Promise<Usage> {
  return usageOf(await new TaskLife(options).run(), options);
}

/** Returns what a task uses if these are the steps of all of them. */
export function usageOf(steps: readonly Step[], { batch, payloadBytes }: LifeOptions): Usage {
  const sum = (of: (step: Step) => number) => steps.reduce((all, step) => all + of(step), 0) / batch;
  const receives = sum(({ messageUnits, records }) => messageUnits > 0 ? Math.ceil(records / SQS_BATCH) : 0);
  return {
    requests: sum(({ requests }) => requests),
    invocations: sum(({ invocations }) => invocations),
    // Lambda adds no lines of its own, because the functions have the system log level WARN.
    logBytes: sum(({ logged }) => logged.bytes),
    metricHours: new Set(steps.flatMap(({ logged }) => logged.metrics)).size * ASSUMED.hoursOfMillion[batch > 1 ? 'load' : 'light'] / MILLION,
    functionSeconds: sum(seconds),
    writeUnits: sum(({ units }) => units.write),
    readUnits: sum(({ units }) => units.read),
    events: sum(({ eventUnits }) => eventUnits),
    // One request sends a message. One receives a batch, and one deletes it.
    queueRequests: sum(({ messageUnits }) => messageUnits) + 2 * receives,
    storedBytes: ASSUMED.storedBytes + payloadBytes,
  };
}

function seconds({ requests, records, messageUnits, invocations }: Step): number {
  if (requests > 0) return requests * ASSUMED.apiSeconds;
  const { base, record } = messageUnits > 0 ? ASSUMED.updaterSeconds : ASSUMED.publisherSeconds;
  return base * invocations + record * records;
}

/** Returns the price of a million tasks. */
export function billPerMillion(usage: Usage, endpoint: Endpoint): Bill {
  const bill: Bill = {
    'API Gateway': usage.requests * USD.apiRequest[endpoint]
      + (usage.messages ?? 0) * USD.webSocketMessage + (usage.connectionMinutes ?? 0) * USD.connectionMinute,
    'EventBridge': usage.events * USD.event,
    'DynamoDB writes': usage.writeUnits * USD.writeUnit,
    'DynamoDB reads': usage.readUnits * USD.readUnit,
    'Lambda': usage.invocations * USD.lambdaRequest + usage.functionSeconds * ASSUMED.memoryGb * USD.lambdaGbSecond,
    'SQS': usage.queueRequests * USD.sqsRequest + (usage.fairQueueRequests ?? 0) * USD.fairQueueRequest,
    'CloudWatch Logs': usage.logBytes / 1e9 * USD.logGb,
    'CloudWatch metrics': (usage.metricHours ?? 0) * USD.metricMonth / (DAYS_A_MONTH * 24),
    'Step Functions': (usage.transitions ?? 0) * USD.stateTransition,
    'storage for a week': usage.storedBytes / 2 ** 30 * ASSUMED.storedDays / DAYS_A_MONTH * USD.storageGbMonth,
  };
  return Object.fromEntries(Object.entries(bill).map(([service, usd]) => [service, usd * MILLION]));
}

const MINUTES_A_MONTH = DAYS_A_MONTH * 24 * 60;

/** Returns the price of a month in which Lambda polls an empty queue. */
export function idleQueue(): number {
  // Five pollers wait 20 seconds each for a message of an empty queue. Without a maximum concurrency, Lambda would use two:
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  const pollsAMinute = 5 * 3;
  return pollsAMinute * MINUTES_A_MONTH * USD.sqsRequest;
}

/** Returns the price of a TaskManager that is not used for a month. */
export function idleBill(): Bill {
  const minutes = MINUTES_A_MONTH;
  return {
    'SQS polls of two queues': 2 * idleQueue(),
    'sweeps: Lambda': minutes * (USD.lambdaRequest + ASSUMED.sweeperSeconds * ASSUMED.memoryGb * USD.lambdaGbSecond),
    // An eventually consistent query that finds nothing.
    'sweeps: queries': minutes * CHECK_SHARDS * 0.5 * USD.readUnit,
  };
}

export function total(bill: Bill): number {
  return Object.values(bill).reduce((sum, usd) => sum + usd, 0);
}
