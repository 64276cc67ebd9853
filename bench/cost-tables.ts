import { Bill, billPerMillion, countUsage, idleBill, total } from './cost';
import { table, usd } from './documentation';
import { LifeOptions } from './life/task-life';
import { referenceUsage, stepFunctionsUsage } from './reference';

/** The case that the budget is for: two reports, one of progress and one of the end. */
export const BUDGET_CASE: Omit<LifeOptions, 'batch'> = { payloadBytes: 200, progressReports: 1, polls: 3 };

/** What a million of these tasks may cost under load, with a REST API. */
export const BUDGET_USD = 26;

export const PAYLOADS = [200, 10 * 1024, 60 * 1024];
export const PROGRESS_REPORTS = [0, 2, 20];

export function kilobytes(bytes: number): string {
  return `${bytes < 1024 ? (bytes / 1024).toFixed(1) : bytes / 1024} KB`;
}

/** Number of records that a function gets at once under load. */
const LOADED_BATCH = 10;

export interface Costs {
  readonly light: Bill;
  readonly load: Bill;
  readonly reference: Bill;
  readonly stepFunctions: Bill;
}

export async function costsOf(life: Omit<LifeOptions, 'batch'>): Promise<Costs> {
  const [light, load] = await Promise.all([1, LOADED_BATCH].map((batch) => countUsage({ ...life, batch })));
  return {
    light: billPerMillion(light),
    load: billPerMillion(load),
    reference: billPerMillion(referenceUsage({ ...life, batch: 1 })),
    stepFunctions: billPerMillion(stepFunctionsUsage({ ...life, batch: 1 })),
  };
}

/** Returns the table of prices by service, for the case of the budget. */
export async function costTable(): Promise<string> {
  const { light, load, reference, stepFunctions } = await costsOf(BUDGET_CASE);
  const bills = [load, light, reference, stepFunctions];
  const services = Object.keys(light);
  return table(['USD per million tasks', 'under load', 'light load', 'reference', 'Step Functions'], [
    ...services.map((service) => [service, ...bills.map((bill) => bill[service] > 0 ? usd(bill[service]) : undefined)]),
    ['**total**', ...bills.map((bill) => `**${usd(total(bill))}**`)],
  ]);
}

/** Returns the table of prices by payload size and number of progress reports. */
export async function costCasesTable(): Promise<string> {
  const rows = [];
  for (const payloadBytes of PAYLOADS) {
    for (const progressReports of PROGRESS_REPORTS) {
      const { light, load, reference } = await costsOf({ payloadBytes, progressReports, polls: 3 });
      rows.push([kilobytes(payloadBytes), progressReports, ...[load, light, reference].map((bill) => usd(total(bill)))]);
    }
  }
  return table(['payload', 'progress reports', 'under load', 'light load', 'reference'], rows);
}

export function idleTable(): string {
  const bill = idleBill();
  return table(['idle month', 'USD'], [
    ...Object.entries(bill).map(([item, amount]) => [item, usd(amount)]),
    ['**total**', `**${usd(total(bill))}**`],
  ]);
}
