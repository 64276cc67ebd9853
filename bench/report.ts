import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { API_BUDGET_KIB, Bundle, BUDGET_KIB } from './bundles';
import { barChart, Chart } from './chart';
import { ColdPath, LIMITED_MB } from './cold-path';
import { EMPTY, SHIPPED, WITH_SDK_CLIENT } from './cold-path/arrangements';
import { Bill } from './cost';
import { BUDGET_CASE, costCasesTable, costsOf, costTable, endpointsTable, idleTable } from './cost-tables';
import { table } from './documentation';
import { EndToEnd, Latencies, NAIVE, OURS } from './end-to-end';
import { helperTable } from './helper-tables';
import { lifeCasesTable, lifeTable } from './life-tables';
import { Live } from './live';
import { followingTable, liveStepsTable } from './live-tables';
import { processorKindsTable, workTable } from './long-work';
import { BY_HAND, ProcessorCosts } from './processors';
import { REFERENCE_COLD_MS } from './reference';
import { resourcesTable } from './resources';
import { savingsTable } from './saving-tables';
import { PROJECT } from './shipped-bundles';
import { statusQuestionsTable } from './status-questions';
import { Sweep } from './sweep';
import { Synthesis } from './synthesis';
import { Upload } from './uploads';
import { WarmPath } from './warm-path';
import { round } from '../test/support/stats';

// Makes the tables of the page, by the names of their sections, and the charts.

export function bundleTables(bundles: Bundle[]): Record<string, string> {
  const groups = [...new Set(bundles.flatMap(({ contents }) => Object.keys(contents)))];
  return {
    bundles: table(['function', 'minified, KiB', `gzipped, KiB (budget: ${BUDGET_KIB}, api ${API_BUDGET_KIB})`, 'contents, KiB minified'], bundles.map(({ name, minifiedKib, gzippedKib, contents }) => [
      name, minifiedKib, gzippedKib, groups.filter((group) => contents[group] >= 1).map((group) => `${group} ${contents[group]}`).join(', '),
    ])),
  };
}

/** Returns the tables that follow from the code alone. A test compares the page with them. */
export async function countTables(): Promise<Record<string, string>> {
  return {
    'life': await lifeTable(),
    'life-cases': await lifeCasesTable(),
    'cost': await costTable(),
    'cost-cases': await costCasesTable(),
    'endpoints': await endpointsTable(),
    'idle': idleTable(),
    'live-steps': await liveStepsTable(),
    'following': await followingTable(),
    'status-questions': await statusQuestionsTable(),
    'processor-kinds': await processorKindsTable(),
    'work': workTable(),
    'helper': await helperTable(),
    'savings': await savingsTable(),
    'resources': resourcesTable(),
  };
}

export function synthesisTables({ templateKib, firstMs, nextMs }: Synthesis): Record<string, string> {
  return { synthesis: table(['template, KiB', 'first synthesis of a process, ms', 'further ones, ms'], [[templateKib, Math.round(firstMs), Math.round(nextMs)]]) };
}

export function coldTables(results: ColdPath[]): Record<string, string> {
  const find = (functionName: string, name: string) => {
    return results.find((result) => result.function === functionName && result.arrangement === name);
  };
  const isLimited = results.some(({ limitedRequestMs }) => limitedRequestMs !== undefined);
  const limitedHeads = isLimited ? [`first request at ${LIMITED_MB} MB, ms`, 'relative to ours'] : [];
  return {
    'cold': table(['function', 'arrangement', 'loaded, ms', 'first answer, ms', 'quartiles', 'CPU, ms', 'relative to ours', ...limitedHeads], results.map((result) => {
      const shipped = find(result.function, SHIPPED)!;
      const limited = isLimited ? [result.limitedRequestMs, ratio(result.limitedRequestMs, shipped.limitedRequestMs)] : [];
      return [
        result.function, result.arrangement, result.loadedMs, result.firstAnswerMs, result.spreadMs.join('–'), result.cpuMs,
        ratio(result.firstAnswerMs, shipped.firstAnswerMs), ...limited,
      ];
    })),
    'cold-goals': coldGoals(find('api', SHIPPED)!, find('api', WITH_SDK_CLIENT), find('api', EMPTY)!),
  };
}

function coldGoals(shipped: ColdPath, withSdk: ColdPath | undefined, empty: ColdPath): string {
  return table(['the API\'s function, as shipped', 'is', 'goal'], [
    ['first answer, relative to an empty function', ratio(shipped.firstAnswerMs, empty.firstAnswerMs), 2.5],
    ['first answer, relative to the same function with the client of the AWS SDK', ratio(shipped.firstAnswerMs, withSdk?.firstAnswerMs), 0.7],
    [`first request at ${LIMITED_MB} MB, relative to the same`, ratio(shipped.limitedRequestMs, withSdk?.limitedRequestMs), 0.5],
    ['first answer, relative to the reference', ratio(shipped.firstAnswerMs, REFERENCE_COLD_MS), 0.125],
  ].map(([what, is, goal]) => [what, is, `× ${goal}`]));
}

/** Returns undefined if one of the values was not measured. */
function ratio(value: number | undefined, base: number | undefined): string | undefined {
  return value === undefined || base === undefined ? undefined : `× ${(value / base).toFixed(2)}`;
}

export function warmTables(results: WarmPath[]): Record<string, string> {
  return {
    warm: table(['CPU time of', 'our own code, µs', 'with the AWS SDK, µs', 'with the small client, µs', 'relative to the AWS SDK'], results.map((result) => [
      result.what, result.ownMicroseconds, result.withSdkMicroseconds, result.withSmallClientMicroseconds,
      ratio(result.withSmallClientMicroseconds, result.withSdkMicroseconds),
    ])),
  };
}

export function processorTables({ cold, warm }: ProcessorCosts): Record<string, string> {
  const byHand = cold.filter(({ reports }) => reports === BY_HAND);
  return {
    'processors': table(['reports', 'SDK', 'gzipped, KiB', 'loaded, ms', 'first task, ms', 'quartiles', 'CPU, ms', 'CPU relative to by hand'], cold.map((result) => [
      result.reports, result.sdk, result.gzippedKib, result.loadedMs, result.firstTaskMs, result.spreadMs.join('–'), result.cpuMs,
      `× ${(result.cpuMs / byHand.find(({ sdk }) => sdk === result.sdk)!.cpuMs).toFixed(2)}`,
    ])),
    'processors-warm': table(['reports', 'CPU of a task without the AWS SDK, µs', 'with the AWS SDK, µs', 'relative to by hand'], warm.map((result) => [
      result.reports, result.ownMicroseconds, result.withSdkMicroseconds, `× ${(result.withSdkMicroseconds / warm[0].withSdkMicroseconds).toFixed(2)}`,
    ])),
  };
}

export function uploadTables(uploads: Upload[]): Record<string, string> {
  return {
    uploads: table(['helper for', 'upload, MB', 'peak memory of the process, MB'], uploads.map(({ language, megabytes, peakMb }) => [
      language, megabytes, Math.round(peakMb),
    ])),
  };
}

export function sweepTables(results: Sweep[]): Record<string, string> {
  const count = (tasks: number) => tasks.toLocaleString('en-US');
  return {
    sweep: table(['memory, MB', 'past deadline', 'past heartbeat', 'alive', 'all ended, s', 'tasks per second', 'invocations', 'writes', 'CPU, s', 'failed checks'], results.map((result) => [
      result.megabytes, count(result.late), count(result.silent), count(result.beating), result.seconds, result.tasksPerSecond,
      result.invocations, count(result.updates), result.cpuSeconds, result.failedChecks,
    ])),
  };
}

export function endToEndTables({ firstMs, latencies, growth }: EndToEnd): Record<string, string> {
  return {
    'end-to-end': table(['concurrency', 'pipeline', 'tasks', 'accepted, ms', 'started, ms', 'ended p50, ms', 'p95', 'p99', 'tasks per second'], [
      ...Object.entries(firstMs).map(([pipeline, ms]) => ['first task', pipeline, 1, undefined, undefined, ms, undefined, undefined, undefined]),
      ...latencies.map(({ pipeline, concurrency, tasks, acceptedMs, startedMs, endedMs, tasksPerSecond }) => [
        concurrency, pipeline, tasks, acceptedMs, startedMs, endedMs.p50, endedMs.p95, endedMs.p99, tasksPerSecond,
      ]),
    ]),
    'growth': table(['tasks in the table', 'create, ms', 'poll, ms', 'list, ms', 'create to SUCCESSFUL, ms'], growth.map((row) => [
      row.tasks.toLocaleString('en-US'), row.createMs, row.pollMs, row.listMs, row.endedMs,
    ])),
  };
}

export function liveTables({ clients, writtenMs }: Live): Record<string, string> {
  const [slowest] = clients;
  return {
    live: table(['from a report until', 'p50, ms', 'p95', 'relative', 'requests of a task', 'messages'], [
      ['it is written', writtenMs.p50, writtenMs.p95, undefined, undefined, undefined],
      ...clients.map(({ followedBy, knownMs, requests, messages }) => [
        `the client knows, by ${followedBy}`, knownMs.p50, knownMs.p95, `× ${(knownMs.p50 / slowest.knownMs.p50).toFixed(2)}`, requests, messages || undefined,
      ]),
    ]),
  };
}

export async function costChart(): Promise<Chart> {
  const { http, rest, reference, stepFunctions } = await costsOf(BUDGET_CASE);
  const services = Object.keys(reference);
  const bar = (label: string, bill: Bill, isOurs = true) => ({ label, parts: services.map((service) => bill[service]), isOurs });
  return {
    title: 'List price of a million tasks: 3 polls, 2 reports (calculated)',
    unit: 'USD',
    legend: services,
    sides: { ours: 'TaskManager', others: 'other ways' },
    bars: [
      bar('HTTP API, under load', http.load), bar('HTTP API, light load', http.light),
      bar('REST API, under load', rest.load), bar('REST API, light load', rest.light),
      bar('reference', reference, false), bar('Step Functions Standard', stepFunctions, false),
    ],
  };
}

export function coldChart(results: ColdPath[]): Chart {
  const bars = results.filter((result) => result.function === 'api').sort((a, b) => a.firstAnswerMs - b.firstAnswerMs);
  return {
    title: 'API function: from the start of its process to its first answer',
    unit: 'ms',
    legend: ['loading', 'first request'],
    sides: { ours: SHIPPED, others: 'other arrangements' },
    bars: bars.map(({ arrangement, loadedMs, firstAnswerMs }) => ({
      label: arrangement, parts: [loadedMs, round(firstAnswerMs - loadedMs)], isOurs: arrangement === SHIPPED,
    })),
  };
}

export function endToEndCharts({ latencies }: EndToEnd): Record<string, Chart> {
  const sides = { ours: OURS, others: NAIVE };
  const bar = ({ pipeline, concurrency }: Latencies, parts: number[]) => ({
    label: `concurrency ${concurrency}: ${pipeline}`, parts, isOurs: pipeline === OURS,
  });
  return {
    latency: {
      title: 'Create to SUCCESSFUL on the local engine, median',
      unit: 'ms',
      legend: ['until accepted', 'until the processor starts', 'until SUCCESSFUL'],
      sides,
      // Medians. A processor can start before the response arrives.
      bars: latencies.map((latency) => bar(latency, [
        latency.acceptedMs,
        Math.max(0, latency.startedMs - latency.acceptedMs),
        Math.max(0, latency.endedMs.p50 - Math.max(latency.startedMs, latency.acceptedMs)),
      ])),
    },
    throughput: {
      title: 'Tasks per second on the local engine',
      unit: '/s',
      legend: ['tasks'],
      sides,
      bars: latencies.map((latency) => bar(latency, [latency.tasksPerSecond])),
    },
  };
}

export function writeCharts(charts: Record<string, Chart>): void {
  const directory = path.join(PROJECT, 'docs', 'images');
  mkdirSync(directory, { recursive: true });
  for (const [name, chart] of Object.entries(charts)) writeFileSync(path.join(directory, `${name}.svg`), barChart(chart));
}
