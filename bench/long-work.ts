import { Bill, Endpoint, total } from './cost';
import { BUDGET_CASE, costsOf } from './cost-tables';
import { table, usd } from './documentation';
import { ASSUMED, USD } from './prices';
import { priceOfAnswer } from './status-questions';

/** States that the wrapper of each kind passes through if nothing fails. */
export const WRAPPER_STATES = { stateMachine: ['Run', 'Report'], container: ['Run', 'ReadResult', 'Report'] };

/** Queues that Lambda polls for a processor: those before the starter and the stopper, and the dead letters of the first. */
export const POLLED_QUEUES = 3;

/** Part of a bill that all kinds of processors have: the task itself. */
const TASK = 'the task';

/** A message that is sent, received and deleted, alone. */
const QUEUE_REQUESTS = 3;

const HOUR = 3600;
const WORK_SECONDS = { '1 minute': 60, '15 minutes': 900, '1 hour': HOUR, '1 day': 24 * HOUR };

/** Maximum duration of a Lambda function. */
const MAX_FUNCTION_SECONDS = 900;

export interface LongWorkBills {
  readonly direct: Bill;
  readonly queued: Bill;
  readonly stateMachine: Bill;
  /** With a result bucket. */
  readonly container: Bill;
}

/** Returns what a million tasks cost with each kind of processor, without the work itself. Each kind makes the two reports of a task. */
export async function longWorkBills(endpoint: Endpoint): Promise<LongWorkBills> {
  const { [endpoint]: { load } } = await costsOf(BUDGET_CASE);
  const { lambda, dynamodb } = await priceOfAnswer();
  const { starterSeconds, stopperSeconds, memoryGb } = ASSUMED.longWork;
  const queue = QUEUE_REQUESTS * USD.sqsRequest;
  const invocation = (seconds: number) => USD.lambdaRequest + seconds * memoryGb * USD.lambdaGbSecond;
  const work = (states: string[], results: number) => ({
    'queue before the processor': queue,
    'starter': invocation(starterSeconds),
    'question for the status': lambda + dynamodb,
    'wrapper: state transitions': transitions(states) * USD.stateTransition,
    'result in the bucket': results,
    'stopper and its queue': queue + invocation(stopperSeconds),
  });
  const bill = (parts: Bill): Bill => ({
    [TASK]: total(load),
    ...Object.fromEntries(Object.entries(parts).map(([part, price]) => [part, 1e6 * price])),
  });
  return {
    direct: bill({}),
    queued: bill({ 'queue before the processor': queue }),
    stateMachine: bill(work(WRAPPER_STATES.stateMachine, 0)),
    container: bill(work(WRAPPER_STATES.container, USD.bucketPut + USD.bucketGet)),
  };
}

/**
 * Counts the transition into each state, and the one to the end. AWS counts a transition "each time a step of your workflow is executed".
 * It does not say whether the end is one.
 *
 * @see https://aws.amazon.com/step-functions/pricing/
 */
function transitions(states: string[]): number {
  return states.length + 1;
}

/** Returns the table of prices of the kinds of processors. */
export async function processorKindsTable(): Promise<string> {
  const [rest, http] = [kindsOf(await longWorkBills('rest')), kindsOf(await longWorkBills('http'))];
  const parts = Object.keys(rest[rest.length - 1]).filter((part) => part !== TASK);
  const row = (part: string, bills: Bill[]) => bills.map((bill) => bill[part] > 0 ? usd(bill[part]) : undefined);
  const totals = (bills: Bill[]) => bills.map((bill) => `**${usd(total(bill))}**`);
  const kinds = ['`TaskProcessor`', 'with `maxConcurrency`', '`StateMachineTaskProcessor`', '`ContainerTaskProcessor`'];
  return table(['USD per million tasks', ...kinds], [
    ['the task, on an HTTP API: 3 polls, 2 reports', ...row(TASK, http)],
    ['the same on a REST API', ...row(TASK, rest)],
    ...parts.map((part) => [part, ...row(part, rest)]),
    ['**total on an HTTP API**', ...totals(http)],
    ['**total on a REST API**', ...totals(rest)],
  ]);
}

function kindsOf({ direct, queued, stateMachine, container }: LongWorkBills): Bill[] {
  return [direct, queued, stateMachine, container];
}

/** Returns the price of an hour of the smallest task of Fargate on Arm: 0.25 vCPU and 0.5 GB. */
export function containerHour(): number {
  return 0.25 * USD.fargateVcpuHour + 0.5 * USD.fargateGbHour;
}

/** Returns the table of prices of the work itself. */
export function workTable(): string {
  return table(['the work takes', 'function, 128 MB', 'container, 0.25 vCPU and 0.5 GB'], [
    ...Object.entries(WORK_SECONDS).map(([text, seconds]) => [
      text,
      seconds <= MAX_FUNCTION_SECONDS ? usd(1000 * seconds * ASSUMED.smallestMemoryGb * USD.lambdaGbSecond) : undefined,
      usd(1000 * seconds / HOUR * containerHour()),
    ]),
  ]);
}
