import { readFileSync } from 'node:fs';
import { billPerMillion, idleBill, idleQueue, total } from '../../bench/cost';
import { BUDGET_CASE, BUDGET_USD, costCasesTable, costsOf, costTable, endpointsTable, idleTable } from '../../bench/cost-tables';
import { section, usd } from '../../bench/documentation';
import { helperTable } from '../../bench/helper-tables';
import { lifeCasesTable, lifeTable } from '../../bench/life-tables';
import { countLiveSteps, followingTable, liveStepsTable, priceOfFollowing } from '../../bench/live-tables';
import { containerHour, longWorkBills, POLLED_QUEUES, processorKindsTable, workTable } from '../../bench/long-work';
import { PART_NAMES } from '../../bench/options';
import { PARTS } from '../../bench/parts';
import { resourcesTable } from '../../bench/resources';
import { storedResult } from '../../bench/results';
import { savingsTable } from '../../bench/saving-tables';
import { priceOfAnswer, statusQuestionsTable } from '../../bench/status-questions';

// The tables count whole lives of tasks. A test that is given up goes on, and its clock disturbs the next ones.
jest.setTimeout(120_000);

/** Returns the text of a page, without its line breaks. */
function textOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\s+/g, ' ');
}

// If one fails, run `npm run bench -- --only counts`, which writes them.
describe('docs/performance.md has the tables that follow from the code', () => {
  test.each(Object.entries({
    'life': lifeTable,
    'life-cases': lifeCasesTable,
    'cost': costTable,
    'cost-cases': costCasesTable,
    'endpoints': endpointsTable,
    'idle': idleTable,
    'live-steps': liveStepsTable,
    'following': followingTable,
    'status-questions': statusQuestionsTable,
    'processor-kinds': processorKindsTable,
    'work': async () => workTable(),
    'helper': helperTable,
    'savings': savingsTable,
    'resources': resourcesTable,
  }))('%s', async (name, table) => {
    expect(section(name)).toBe(await table());
  });
});

// If one fails, run `npm run bench -- --stored`, which writes them.
test.each(PART_NAMES.filter((part) => PARTS[part].measure))('docs/performance.md has the tables of the stored results: %s', async (part) => {
  const { tables } = await PARTS[part].present(storedResult(part));
  for (const [name, text] of Object.entries(tables)) expect(section(name)).toBe(text);
});

test.each(['README.md', 'docs/cost-and-scale.md'])('%s has the prices of the model', async (file) => {
  const page = textOf(file);
  const { rest, http } = await costsOf(BUDGET_CASE);
  expect(page).toContain(`${usd(total(rest.load))} USD on a REST API`);
  expect(page).toContain(`${usd(total(http.load))} USD on an HTTP API`);
  expect(page).toContain(`${usd(total(idleBill()))} USD a month`);
});

test.each(['rest', 'http'] as const)('a million tasks cost no more than the budget under load, with the %s API', async (endpoint) => {
  const { [endpoint]: { load } } = await costsOf(BUDGET_CASE);
  expect(total(load)).toBeLessThanOrEqual(BUDGET_USD[endpoint]);
});

test('without `TaskRunningEvent`, and with no other change, tasks would cost 25 USD per million, as docs/performance.md says', async () => {
  const [, , asItIs, ...others] = (await savingsTable()).split('\n').map((row) => row.split(' | '));
  const changes = others.slice(0, -1).filter(([, http, rest]) => Number(http) <= 15 && Number(rest) <= 25);
  expect(Number(asItIs[2])).toBeGreaterThan(25);
  expect(changes.map(([change]) => change)).toEqual(['| no `TaskRunningEvent`']);
});

test('docs/http-api.md has the prices of the model', async () => {
  const { rest, http } = await costsOf(BUDGET_CASE);
  expect(textOf('docs/http-api.md')).toContain(`${usd(total(http.load))} instead of ${usd(total(rest.load))} USD`);
});

test('docs/cost-and-scale.md has the prices at light load, and what an HTTP API saves', async () => {
  const page = textOf('docs/cost-and-scale.md');
  const { rest, http } = await costsOf(BUDGET_CASE);
  const aMinute = await costsOf({ ...BUDGET_CASE, polls: 29 });
  const saved = total(rest.load) - total(http.load);
  expect(page).toContain(`they cost ${usd(total(http.light))} and ${usd(total(rest.light))} USD`);
  expect(page).toContain(`saves ${usd(saved)} USD for each million tasks with three polls`);
  expect(page).toContain(`| a million a day | ${Math.round(30 * saved)} USD |`);
  expect(page).toContain(`cost ${usd(total(aMinute.rest.load))} USD on a REST API and ${usd(total(aMinute.http.load))} USD on an HTTP API`);
  expect(await endpointsTable()).toContain('| 1 minute | 29 |');
});

test.each(['docs/cost-and-scale.md', 'docs/decisions/0015-status-reader.md'])('%s has the price of asking for the status of a task', async (file) => {
  const { lambda, dynamodb } = await priceOfAnswer();
  const page = textOf(file);
  expect(page).toContain(`about ${usd(1e6 * (lambda + dynamodb))} USD per million`);
  expect(page).toContain(`${usd(1000 * 3600 / 5 * (lambda + dynamodb))} USD for a thousand hours of work`);
});

test('docs/cost-and-scale.md has the prices of long work', async () => {
  const { direct, queued, stateMachine, container } = await longWorkBills('rest');
  const page = textOf('docs/cost-and-scale.md');
  const added = (bill: typeof direct) => usd(total(bill) - total(direct));

  expect(page).toContain(`1.20 USD | ${usd(2 * idleQueue())} USD`);
  expect(added(queued)).toBe('1.20');
  expect(page).toContain(`\`StateMachineTaskProcessor\` adds ${added(stateMachine)} USD to a million tasks`);
  expect(page).toContain(`\`ContainerTaskProcessor\` ${added(container)} USD`);
  expect(readFileSync('docs/processors.md', 'utf8')).toContain(`${added(queued)} USD with \`maxConcurrency\` | ${added(stateMachine)} USD | ${added(container)} USD |`);
  expect(page).toContain(`${usd(POLLED_QUEUES * idleQueue())} USD a month`);
  expect(page).toContain(`${usd(1000 * containerHour())} USD for a thousand hours`);
});

test('docs/cost-and-scale.md has the prices of live updates', async () => {
  const page = textOf('docs/cost-and-scale.md');
  const [unwatched, connect, watch, change, ping, minute, , authorizer, end] = (await countLiveSteps())
    .map(({ usage }) => total(billPerMillion(usage, 'http')));
  expect(page).toContain(`at most ${usd(unwatched)} USD for a million changes`);
  expect(page).toContain(`A month without tasks costs ${usd(idleQueue())} USD`);
  expect(page).toContain(`a connection ${usd(connect)}, a watch ${usd(watch)}, a change up to ${usd(change)}, and a ping ${usd(ping)} USD per million`);
  expect(page).toContain(`A connection costs ${usd(minute)} USD for a million minutes`);
  expect(page).toContain(`costs up to ${usd(authorizer + end)} USD per million more`);
});

test.each([
  ['a minute, without progress', 60, 0],
  ['ten minutes, a report each minute', 600, 9],
  ['an hour, a report each minute', 3600, 59],
])('docs/cost-and-scale.md has what it costs to watch and to poll tasks of %s, and watching costs less', async (name, seconds, progressReports) => {
  const polls = await priceOfFollowing('polls', 'light', { seconds, progressReports: 0 });
  const live = await priceOfFollowing('live', 'load', { seconds, progressReports });
  expect(textOf('docs/cost-and-scale.md'))
    .toContain(`| ${name} | ${[polls.rest, live.rest, polls.http, live.http].map((price) => `${usd(price)} USD`).join(' | ')} |`);
  expect(live.rest).toBeLessThan(polls.rest);
  expect(live.http).toBeLessThan(polls.http);
});
