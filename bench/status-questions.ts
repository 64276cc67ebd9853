import { table, usd } from './documentation';
import { CountingTable } from './life/counting-table';
import { ASSUMED, USD } from './prices';
import { StatusReader } from '../src/runtime/task/status-reader';
import { newTask } from '../src/runtime/task/task';
import { TaskStore } from '../src/runtime/task/task-store';
import { TRACE } from '../test/support/builders';

/** Pause between two questions of a processor about the status of its task. */
const PAUSE_SECONDS = 5;
const MILLION = 1e6;

const MINUTE = 60;
const WORK_SECONDS = { '10 seconds': 10, '1 minute': MINUTE, '5 minutes': 5 * MINUTE, '15 minutes': 15 * MINUTE };

/** USD for one answer of the status reader. */
interface Answer {
  readonly lambda: number;
  readonly dynamodb: number;
}

/** Returns the table of prices of asking for the status of a million tasks, for as long as the work on them takes. */
export async function statusQuestionsTable(): Promise<string> {
  const { lambda, dynamodb } = await priceOfAnswer();
  return table(['the work takes', 'questions', 'Lambda', 'DynamoDB reads', 'USD per million tasks', 'the work itself'], [
    ...Object.entries(WORK_SECONDS).map(([text, seconds]) => {
      const questions = seconds / PAUSE_SECONDS;
      const prices = [questions * lambda, questions * dynamodb, questions * (lambda + dynamodb), workPrice(seconds)];
      return [text, questions, ...prices.map((amount) => usd(MILLION * amount))];
    }),
  ]);
}

/** Returns the price of an answer. Counts what it uses by asking the real function about a small task. */
export async function priceOfAnswer(): Promise<Answer> {
  const now = new Date('2026-11-23T10:00:00.000Z');
  const dynamodb = new CountingTable(() => now.getTime());
  const store = new TaskStore(dynamodb.sdkClient(), 'TaskStatus', 7 * 24 * 3600);
  const request = { type: 'export', payload: { text: 'x'.repeat(200) } };
  const { taskId, type: taskType, createdAt } = await store.create(newTask(request, { taskTimeoutSeconds: 24 * 3600, trace: TRACE }, now));
  const before = { ...dynamodb.units };
  const { status } = await new StatusReader({ store, now: () => now }).read({ taskId, taskType, createdAt });
  if (status !== 'PENDING') throw new Error(`the status reader answered ${status}`);
  if (dynamodb.units.write !== before.write) throw new Error('an answer wrote to the table');
  const { memoryGb, seconds } = ASSUMED.statusReader;
  return {
    lambda: USD.lambdaRequest + seconds * memoryGb * USD.lambdaGbSecond,
    dynamodb: (dynamodb.units.read - before.read) * USD.readUnit,
  };
}

/** Returns the price of the smallest function that does nothing but work for this time. */
function workPrice(seconds: number): number {
  return USD.lambdaRequest + seconds * ASSUMED.smallestMemoryGb * USD.lambdaGbSecond;
}
