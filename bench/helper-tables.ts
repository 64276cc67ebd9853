import { total } from './cost';
import { BUDGET_CASE, costsOf } from './cost-tables';
import { table, usd } from './documentation';
import { countHelperCalls, HelpedWork } from './life/helped-work';
import { priceOfAnswer } from './status-questions';

const MINUTE = 60;

const CASES: Record<string, HelpedWork> = {
  '1 second': { seconds: 1 },
  '1 minute': { seconds: MINUTE },
  '1 minute, with progress all the time': { seconds: MINUTE, hasProgress: true },
  '1 minute, with `heartbeatSeconds: 60`': { seconds: MINUTE, options: { heartbeatSeconds: 60 } },
  '15 minutes': { seconds: 15 * MINUTE },
  '15 minutes, with `statusIntervalSeconds: 60`': { seconds: 15 * MINUTE, options: { statusIntervalSeconds: 60 } },
  '15 minutes, with progress all the time and `progressIntervalSeconds: 10`': {
    seconds: 15 * MINUTE, hasProgress: true, options: { progressIntervalSeconds: 10 },
  },
  '1 hour, in a container': { seconds: 60 * MINUTE, isInContainer: true },
};

/** Returns the table of what the helper for processors sends, and what that adds to the price of a task with two reports. */
export async function helperTable(): Promise<string> {
  const { lambda, dynamodb } = await priceOfAnswer();
  const { http } = await costsOf(BUDGET_CASE);
  const rows = [];
  for (const [work, life] of Object.entries(CASES)) {
    const { reports, questions } = await countHelperCalls(life);
    // The last report is the end.
    const reported = await costsOf({ ...BUDGET_CASE, progressReports: reports - 1 });
    const prices = [total(reported.http.load) - total(http.load), 1e6 * questions * (lambda + dynamodb)];
    const cells = [...prices, prices[0] + prices[1]].map((price) => price > 0 ? usd(price) : undefined);
    rows.push([work, reports, questions || undefined, ...cells]);
  }
  return table(['the work takes', 'reports', 'questions', 'USD for more than two reports', 'for questions', 'on top'], rows);
}
