import { Bill, billPerMillion, countUsage, Endpoint, idleBill, total } from './cost';
import { table, usd } from './documentation';
import { LifeOptions } from './life/task-life';
import { referenceUsage, stepFunctionsUsage } from './reference';
import { retryAfterSeconds } from '../src/runtime/http/task-representation';

/** The case that the budget is for: two reports, one of progress and one of the end. */
export const BUDGET_CASE: Omit<LifeOptions, 'batch'> = { payloadBytes: 200, progressReports: 1, polls: 3 };

/** What a million of these tasks may cost under load, by kind of API. */
export const BUDGET_USD: Record<Endpoint, number> = { rest: 26, http: 16 };

export const PAYLOADS = [200, 10 * 1024, 60 * 1024];
export const PROGRESS_REPORTS = [0, 2, 20];

const TASK_SECONDS = { '3 seconds': 3, '1 minute': 60, '10 minutes': 600, '1 hour': 3600 };

export function kilobytes(bytes: number): string {
  return `${bytes < 1024 ? (bytes / 1024).toFixed(1) : bytes / 1024} KB`;
}

/** Number of records that a function gets at once under load. */
export const LOADED_BATCH = 10;

/** Bills at light load and under load. */
export interface Loads {
  readonly light: Bill;
  readonly load: Bill;
}

export interface Costs {
  readonly http: Loads;
  readonly rest: Loads;
  /** With a REST API, as the next one. */
  readonly reference: Bill;
  readonly stepFunctions: Bill;
}

export async function costsOf(life: Omit<LifeOptions, 'batch'>): Promise<Costs> {
  // One after the other, because each replaces what functions log to.
  const [light, load] = [await countUsage({ ...life, batch: 1 }), await countUsage({ ...life, batch: LOADED_BATCH })];
  const loads = (endpoint: Endpoint): Loads => ({ light: billPerMillion(light, endpoint), load: billPerMillion(load, endpoint) });
  return {
    http: loads('http'),
    rest: loads('rest'),
    reference: billPerMillion(referenceUsage({ ...life, batch: 1 }), 'rest'),
    stepFunctions: billPerMillion(stepFunctionsUsage({ ...life, batch: 1 }), 'rest'),
  };
}

/** Returns the table of prices by service, for the case of the budget. */
export async function costTable(): Promise<string> {
  const { http, rest, reference, stepFunctions } = await costsOf(BUDGET_CASE);
  const bills = [http.load, http.light, rest.load, rest.light, reference, stepFunctions];
  const services = Object.keys(reference);
  const heads = ['HTTP API, under load', 'HTTP API, light load', 'REST API, under load', 'REST API, light load', 'reference', 'Step Functions'];
  return table(['USD per million tasks', ...heads], [
    ...services.map((service) => [service, ...bills.map((bill) => bill[service] > 0 ? usd(bill[service]) : undefined)]),
    ['**total**', ...bills.map((bill) => `**${usd(total(bill))}**`)],
  ]);
}

/** Returns the table of prices by payload size and number of progress reports. */
export async function costCasesTable(): Promise<string> {
  const rows = [];
  for (const payloadBytes of PAYLOADS) {
    for (const progressReports of PROGRESS_REPORTS) {
      const { http, rest, reference } = await costsOf({ payloadBytes, progressReports, polls: 3 });
      const bills = [http.load, http.light, rest.load, rest.light, reference];
      rows.push([kilobytes(payloadBytes), progressReports, ...bills.map((bill) => usd(total(bill)))]);
    }
  }
  return table([
    'payload', 'progress reports', 'HTTP API, under load', 'HTTP API, light load', 'REST API, under load', 'REST API, light load', 'reference',
  ], rows);
}

/** Returns the table of what an HTTP API saves, by how long a task takes. */
export async function endpointsTable(): Promise<string> {
  const rows = [];
  for (const [time, seconds] of Object.entries(TASK_SECONDS)) {
    const polls = pollsOf(seconds);
    const { rest, http } = await costsOf({ ...BUDGET_CASE, polls });
    const [ofRest, ofHttp] = [total(rest.load), total(http.load)];
    rows.push([time, polls, usd(ofRest), usd(ofHttp), usd(ofRest - ofHttp), `${Math.round(100 * (1 - ofHttp / ofRest))}%`]);
  }
  return table(['the task takes', 'polls', 'REST API', 'HTTP API', 'saved', 'of the price'], rows);
}

/** Returns how often a caller that obeys `Retry-After` polls a task, until it sees the end. */
function pollsOf(seconds: number): number {
  const task = { createdAt: new Date(0).toISOString() };
  let polls = 0;
  for (let now = 0; now < seconds; now += retryAfterSeconds(task, new Date(1000 * now))) polls++;
  return polls;
}

export function idleTable(): string {
  const bill = idleBill();
  return table(['idle month', 'USD'], [
    ...Object.entries(bill).map(([item, amount]) => [item, usd(amount)]),
    ['**total**', `**${usd(total(bill))}**`],
  ]);
}
