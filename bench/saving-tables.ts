import { billPerMillion, total, Usage, usageOf } from './cost';
import { BUDGET_CASE, LOADED_BATCH } from './cost-tables';
import { table, usd } from './documentation';
import { Step, TaskLife } from './life/task-life';

/** Steps of the same tasks, if functions get ten records at once, and if they get one. */
interface Steps {
  readonly load: readonly Step[];
  readonly light: readonly Step[];
}

const LOAD = { ...BUDGET_CASE, batch: LOADED_BATCH };
const LIGHT = { ...BUDGET_CASE, batch: 1 };

/** Changes of the design that would make tasks cheaper. None of them is made. */
const CHANGES: Record<string, (steps: Steps) => Usage> = {
  'no `TaskRunningEvent`': ({ load }) => usageOf(load.filter(({ name }) => !name.startsWith('publish progress')), LOAD),
  'EventBridge invokes the updater, without a queue': ({ load, light }) => {
    // Each report is an invocation, as at light load.
    const steps = load.map((step, i) => isReport(step) ? times(LOADED_BATCH, light[i]) : step);
    return { ...usageOf(steps, LOAD), queueRequests: 0 };
  },
  'ended tasks stay in the index of open tasks': ({ load }) => usageOf(load.map((step) => {
    return isReport(step) ? { ...step, units: { ...step.units, write: step.units.write - step.units.checks } } : step;
  }), LOAD),
  'polls may read an old status': ({ load }) => usageOf(load.map((step) => {
    return step.name.startsWith('poll') ? { ...step, units: { ...step.units, read: step.units.read / 2 } } : step;
  }), LOAD),
};

/** Returns the table of what these changes would save, for the case of the budget. */
export async function savingsTable(): Promise<string> {
  // One after the other, because each replaces what functions log to.
  const steps = { load: await new TaskLife(LOAD).run(), light: await new TaskLife(LIGHT).run() };
  const asItIs = usageOf(steps.load, LOAD);
  const [http, rest] = [billPerMillion(asItIs, 'http'), billPerMillion(asItIs, 'rest')];
  const required = ['API Gateway', 'EventBridge', 'DynamoDB writes'];
  const requiredOf = (bill: Record<string, number>) => required.reduce((sum, service) => sum + bill[service], 0);
  return table(['USD per million tasks, under load', 'HTTP API', 'REST API', 'saved'], [
    ['as it is', usd(total(http)), usd(total(rest)), undefined],
    ...Object.entries(CHANGES).map(([change, usageWith]) => {
      const usage = usageWith(steps);
      const [ofHttp, ofRest] = [total(billPerMillion(usage, 'http')), total(billPerMillion(usage, 'rest'))];
      return [change, usd(ofHttp), usd(ofRest), usd(total(rest) - ofRest)];
    }),
    [`only ${required.join(', ')}`, usd(requiredOf(http)), usd(requiredOf(rest)), undefined],
  ]);
}

function isReport({ messageUnits }: Step): boolean {
  return messageUnits > 0;
}

/** Returns what a step uses that is done a number of times. */
function times(count: number, step: Step): Step {
  const { invocations, records, units, eventUnits, messageUnits, logged } = step;
  return {
    ...step,
    invocations: count * invocations,
    records: count * records,
    units: { read: count * units.read, write: count * units.write, checks: count * units.checks, owners: count * units.owners },
    eventUnits: count * eventUnits,
    messageUnits: count * messageUnits,
    logged: { ...logged, bytes: count * logged.bytes },
  };
}
