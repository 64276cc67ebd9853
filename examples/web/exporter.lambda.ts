import { setTimeout as delay } from 'node:timers/promises';
import { taskProcessor } from 'cdk-task-manager-processor';

const ORDERS = 1000;
const PAGE_SIZE = 25;
/** In the place of a slow database. */
const PAGE_MS = 150;

/** Exports orders as a CSV file, or counts them. */
export const handler = taskProcessor(async (task, { progress, signal }) => {
  let orders = 0;
  async function* pages() {
    for (let first = 1; first <= ORDERS; first += PAGE_SIZE) {
      await delay(PAGE_MS, undefined, { signal });
      yield Array.from({ length: PAGE_SIZE }, (_, i) => `A-${first + i},${(first + i) * 99}\n`).join('');
      orders += PAGE_SIZE;
      await progress(100 * orders / ORDERS, `${orders} of ${ORDERS} orders`);
    }
  }
  if (task.type === 'count-orders') {
    for await (const page of pages()) if (page === '') break;
  } else {
    await task.upload(pages(), { contentType: 'text/csv', fileName: 'orders.csv' });
  }
  return { orders };
});
