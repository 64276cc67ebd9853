import { setTimeout as delay } from 'node:timers/promises';
import { AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { TaskFailure, taskProcessor } from 'cdk-task-manager-processor';

/** What the supplier sends. `seconds` makes the export take longer, so that you can watch its progress. */
type Payload = { readonly table?: string; readonly seconds?: number } | undefined;
const COLUMNS = ['customerId', 'name', 'city'];
const TableName = process.env.CUSTOMERS_TABLE;
const client = new DynamoDBClient({});

/** Exports a table as a CSV file. */
export const handler = taskProcessor<Payload, { rows: number }>(async (task, { progress, signal }) => {
  const { table, seconds = 0 } = task.payload ?? {};
  if (table !== 'customers') throw new TaskFailure('UnknownTable', `table '${table}' does not exist: use 'customers'`);
  const total = await countRows();
  let rows = 0;
  async function* lines() {
    yield `${COLUMNS.join(',')}\n`;
    for await (const { Items = [] } of paginateScan({ client, pageSize: 50 }, { TableName })) {
      if (Items.length === 0) continue; // an empty table has a page, too
      yield Items.map(toCsv).join('');
      await delay(1000 * seconds * Items.length / total, undefined, { signal });
      rows += Items.length;
      await progress(100 * rows / total, `${rows} of ${total} rows`);
    }
  }
  await task.upload(lines(), { contentType: 'text/csv', fileName: 'customers.csv' });
  return { rows };
});

async function countRows(): Promise<number> {
  let rows = 0;
  for await (const { Count = 0 } of paginateScan({ client }, { TableName, Select: 'COUNT' })) rows += Count;
  return rows;
}

function toCsv(item: Record<string, AttributeValue>): string {
  return `${COLUMNS.map((column) => `"${(item[column]?.S ?? '').replaceAll('"', '""')}"`).join(',')}\n`;
}
