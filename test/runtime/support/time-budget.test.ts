import { TimeBudget } from '../../../src/runtime/support/time-budget';

const inMs = (ms: number) => ({ getRemainingTimeInMillis: () => ms });

test('the budget is infinite before the first invocation', () => {
  expect(new TimeBudget().remainingMs(1_000)).toBe(Infinity);
});

test('the budget counts down to the reserve and below', () => {
  let now = 500;
  const budget = new TimeBudget(() => now);
  budget.begin(inMs(30_000));
  expect(budget.remainingMs(2_000)).toBe(28_000);
  now += 29_000;
  expect(budget.remainingMs(2_000)).toBe(-1_000);
});

test('the budget starts again with each invocation', () => {
  let now = 0;
  const budget = new TimeBudget(() => now);
  budget.begin(inMs(30_000));
  now += 60_000;
  budget.begin(inMs(29_000));
  expect(budget.remainingMs(0)).toBe(29_000);
});
