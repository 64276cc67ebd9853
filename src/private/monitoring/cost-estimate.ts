import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { USD_PER_LOG_GB, USD_PER_MILLION } from './list-prices';
import { functionsOf } from './parts';
import { TABLE } from '../../protocol/table';
import type { TaskManager } from '../../task-manager';

/** Metrics or expressions by their ids in an expression. */
type Terms = Record<string, cloudwatch.IMetric>;

/** Memory of a function that does not say how much it has, in MB. */
const DEFAULT_MEMORY = 128;

const MILLION = 1_000_000;
const GB = 1_000_000_000;

/**
 * Returns what a TaskManager costs by service, in USD by list prices: expressions over the metrics of what AWS charges for, by their ids.
 * It counts as the cost model does (bench/cost.ts).
 */
export function costByService(taskManager: TaskManager): Record<string, cloudwatch.MathExpression> {
  return {
    api: cost('API Gateway', apiRequests(taskManager), (requests) => `${requests} * ${apiPrice(taskManager)} / ${MILLION}`),
    events: cost('EventBridge', events(taskManager), (sum) => `${sum} * ${USD_PER_MILLION.event} / ${MILLION}`),
    writes: cost('DynamoDB writes', units(taskManager, 'Write'), (sum) => `${sum} * ${USD_PER_MILLION.writeUnit} / ${MILLION}`),
    reads: cost('DynamoDB reads', units(taskManager, 'Read'), (sum) => `${sum} * ${USD_PER_MILLION.readUnit} / ${MILLION}`),
    functions: cost('Lambda', functionCosts(taskManager), (sum) => sum),
    queues: cost('SQS', queueRequests(taskManager), (sum) => `${sum} * ${USD_PER_MILLION.sqsRequest} / ${MILLION}`),
    logs: cost('CloudWatch Logs', logBytes(taskManager), (sum) => `${sum} / ${GB} * ${USD_PER_LOG_GB}`),
  };
}

/** Returns what a TaskManager costs in all. */
export function totalCost(taskManager: TaskManager): cloudwatch.MathExpression {
  return cost('USD in the time shown', costByService(taskManager), (sum) => sum);
}

/**
 * Returns an expression over the sum of terms. A sum is right where some of its terms have no values, because nothing has happened. With
 * `+`, it would have no value there.
 */
function cost(label: string, usingMetrics: Terms, expression: (sum: string) => string): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({ label, usingMetrics, expression: expression(`SUM([${Object.keys(usingMetrics).join(', ')}])`) });
}

/** The routes below a resource of another API are charged, too. There, the requests that reach the function stand for all of theirs. */
function apiRequests({ restApi, httpApi, apiHandler }: TaskManager): Terms {
  return { requests: (restApi ?? httpApi)?.metricCount() ?? apiHandler.metricInvocations() };
}

function apiPrice({ httpApi }: TaskManager): number {
  return USD_PER_MILLION.apiRequest[httpApi ? 'http' : 'rest'];
}

/** The publisher sends an event for each change of a status, and each report is an event. */
function events(taskManager: TaskManager): Terms {
  return {
    created: taskManager.metricCreated(),
    started: taskManager.metricStarted(),
    succeeded: taskManager.metricSucceeded(),
    failed: taskManager.metricFailed(),
    cancelled: taskManager.metricCancelled(),
    reports: taskManager.statusUpdaterQueue.metricNumberOfMessagesSent({ statistic: cloudwatch.Stats.SUM }),
  };
}

/** Of the table and its indexes, which have metrics of their own. */
function units({ table }: TaskManager, kind: 'Read' | 'Write'): Terms {
  const metric = (index?: string) => table.metric(`Consumed${kind}CapacityUnits`, {
    statistic: cloudwatch.Stats.SUM,
    dimensionsMap: { TableName: table.tableName, ...(index && { GlobalSecondaryIndexName: index }) },
  });
  const id = (of: string) => `${kind.toLowerCase()}_${of}`;
  return { [id('table')]: metric(), [id('checks')]: metric(TABLE.CHECKS_INDEX), [id('owners')]: metric(TABLE.OWNERS_INDEX) };
}

function functionCosts(taskManager: TaskManager): Terms {
  return Object.fromEntries(Object.values(functionsOf(taskManager)).map((fn, i) => [`function_${i}`, new cloudwatch.MathExpression({
    expression: `invocations_${i} * ${USD_PER_MILLION.lambdaRequest} / ${MILLION}`
      + ` + milliseconds_${i} / 1000 * ${memoryOf(fn)} / 1024 * ${USD_PER_MILLION.lambdaGbSecond} / ${MILLION}`,
    usingMetrics: {
      [`invocations_${i}`]: fn.metricInvocations(),
      [`milliseconds_${i}`]: fn.metricDuration({ statistic: cloudwatch.Stats.SUM }),
    },
  })]));
}

function memoryOf(fn: lambda.Function): number {
  return (fn.node.defaultChild as lambda.CfnFunction).memorySize ?? DEFAULT_MEMORY;
}

/** A message is sent with a request. A batch of the updater is received and deleted with one each, and a poll can find nothing. */
function queueRequests({ statusUpdaterQueue, undeliveredQueue, statusUpdater }: TaskManager): Terms {
  return {
    sent: statusUpdaterQueue.metricNumberOfMessagesSent({ statistic: cloudwatch.Stats.SUM }),
    sent_undelivered: undeliveredQueue.metricNumberOfMessagesSent({ statistic: cloudwatch.Stats.SUM }),
    empty: statusUpdaterQueue.metricNumberOfEmptyReceives(),
    empty_undelivered: undeliveredQueue.metricNumberOfEmptyReceives(),
    batches: new cloudwatch.MathExpression({
      expression: 'updater_invocations * 2', usingMetrics: { updater_invocations: statusUpdater.metricInvocations() },
    }),
  };
}

/** Of all log groups, with that of access logs. */
function logBytes({ node }: TaskManager): Terms {
  const groups = node.findAll().filter((construct) => construct instanceof logs.LogGroup);
  return Object.fromEntries(groups.map((group, i) => [`bytes_${i}`, group.metricIncomingBytes({
    statistic: cloudwatch.Stats.SUM,
    // aws-cdk-lib 2.263.0 leaves it out, so that the metric would be that of all log groups.
    dimensionsMap: { LogGroupName: group.logGroupName },
  })]));
}
