import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { billPerMillion, countUsage, Endpoint } from '../../bench/cost';
import { BUDGET_CASE } from '../../bench/cost-tables';
import { examplePicture } from '../../bench/dashboard/example';
import { linesOf } from '../../bench/dashboard/values';
import { TaskEndpoint, TaskManager } from '../../src';
import { DashboardMetric, dashboardIn } from '../support/dashboards';

// If it fails, run `npm run draw:dashboard`, which draws the picture.
test('docs/images/dashboard.svg is the picture of the dashboard as it is defined', () => {
  expect(examplePicture()).toBe(readFileSync('docs/images/dashboard.svg', 'utf8'));
});

test.each<[Endpoint, TaskEndpoint]>([
  ['rest', TaskEndpoint.restApi()], ['http', TaskEndpoint.httpApi()],
])('the dashboard estimates what the cost model calculates, with the %s API', async (kind, endpoint) => {
  const stack = new Stack(new App(), 'Stack');
  new TaskManager(stack, 'Tasks', { endpoint }).createDashboard();
  const usage = await countUsage({ ...BUDGET_CASE, batch: 10 });
  // The functions of the model have the same memory, and its counts are those of a task. So each kind of count can be in one metric.
  const counts: Record<string, number> = {
    requests: usage.requests,
    created: usage.events,
    write_table: usage.writeUnits,
    read_table: usage.readUnits,
    invocations_0: usage.invocations,
    milliseconds_0: usage.functionSeconds * 1000,
    sent: usage.queueRequests,
    bytes_0: usage.logBytes,
  };
  const dataOf = ({ id }: DashboardMetric) => [1e6 * (counts[id!] ?? 0)];

  const [widget] = dashboardIn(stack).widgets.filter(({ properties }) => properties.title === 'Estimated cost by service');
  const estimate = Object.fromEntries(linesOf(widget, dataOf).map(({ label, values }) => [label, values[0]]));

  const bill = billPerMillion(usage, kind);
  expect(Object.keys(estimate).filter((service) => !(service in bill))).toEqual([]);
  for (const [service, usd] of Object.entries(estimate)) expect(usd).toBeCloseTo(bill[service], 6);
});
