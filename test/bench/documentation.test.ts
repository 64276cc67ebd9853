import { readFileSync } from 'node:fs';
import { idleBill, idleQueue, total } from '../../bench/cost';
import { BUDGET_CASE, BUDGET_USD, costCasesTable, costsOf, costTable, idleTable } from '../../bench/cost-tables';
import { section, usd } from '../../bench/documentation';
import { lifeCasesTable, lifeTable } from '../../bench/life-tables';
import { containerHour, longWorkBills, POLLED_QUEUES, processorKindsTable, workTable } from '../../bench/long-work';
import { resourcesTable } from '../../bench/resources';
import { priceOfAnswer, statusQuestionsTable } from '../../bench/status-questions';

// If one fails, run `npm run bench -- --only counts`, which writes them.
describe('docs/performance.md has the tables that follow from the code', () => {
  test.each(Object.entries({
    'life': lifeTable,
    'life-cases': lifeCasesTable,
    'cost': costTable,
    'cost-cases': costCasesTable,
    'idle': idleTable,
    'status-questions': statusQuestionsTable,
    'processor-kinds': processorKindsTable,
    'work': async () => workTable(),
    'resources': resourcesTable,
  }))('%s', async (name, table) => {
    expect(section(name)).toBe(await table());
  });
});

test.each(['README.md', 'docs/cost-and-scale.md'])('%s has the prices of the model', async (file) => {
  const page = readFileSync(file, 'utf8');
  expect(page).toContain(`${usd(total((await costsOf(BUDGET_CASE)).load))} USD under load`);
  expect(page).toContain(`${usd(total(idleBill()))} USD a month`);
});

test('a million tasks cost no more than the budget under load, with a REST API', async () => {
  expect(total((await costsOf(BUDGET_CASE)).load)).toBeLessThanOrEqual(BUDGET_USD);
});

test('docs/cost-and-scale.md has the price at light load', async () => {
  expect(readFileSync('docs/cost-and-scale.md', 'utf8')).toContain(`they cost ${usd(total((await costsOf(BUDGET_CASE)).light))} USD`);
});

test.each(['docs/cost-and-scale.md', 'docs/decisions/0015-status-reader.md'])('%s has the price of asking for the status of a task', async (file) => {
  const { lambda, dynamodb } = await priceOfAnswer();
  const page = readFileSync(file, 'utf8').replace(/\s+/g, ' ');
  expect(page).toContain(`about ${usd(1e6 * (lambda + dynamodb))} USD per million`);
  expect(page).toContain(`${usd(1000 * 3600 / 5 * (lambda + dynamodb))} USD for a thousand hours of work`);
});

test('docs/cost-and-scale.md has the prices of long work', async () => {
  const { direct, queued, stateMachine, container } = await longWorkBills();
  const page = readFileSync('docs/cost-and-scale.md', 'utf8').replace(/\s+/g, ' ');
  const added = (bill: typeof direct) => usd(total(bill) - total(direct));

  expect(page).toContain(`1.20 USD | ${usd(2 * idleQueue())} USD`);
  expect(added(queued)).toBe('1.20');
  expect(page).toContain(`\`StateMachineTaskProcessor\` adds ${added(stateMachine)} USD to a million tasks`);
  expect(page).toContain(`\`ContainerTaskProcessor\` ${added(container)} USD`);
  expect(readFileSync('docs/processors.md', 'utf8')).toContain(`${added(queued)} USD with \`maxConcurrency\` | ${added(stateMachine)} USD | ${added(container)} USD |`);
  expect(page).toContain(`${usd(POLLED_QUEUES * idleQueue())} USD a month`);
  expect(page).toContain(`${usd(1000 * containerHour())} USD for a thousand hours`);
});
