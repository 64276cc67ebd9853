import { setTimeout as delay } from 'node:timers/promises';
import { AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { EventBridgeEvent } from 'aws-lambda';

interface TaskCreated {
  readonly taskId: string;
  readonly createdAt: string;
  /** The payload of the client. `seconds` makes the export take longer, so that you can watch its progress. */
  readonly payload?: { readonly table?: string; readonly seconds?: number };
  readonly reportTo: { readonly eventBusName: string; readonly source: string };
}

const PAGE_SIZE = 50;
const COLUMNS = ['customerId', 'name', 'city'];
const LINK_SECONDS = 3600;

const dynamodb = new DynamoDBClient({});
const eventBridge = new EventBridgeClient({});
const s3 = new S3Client({});

/** Processes one task, and reports its progress and its end. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreated>): Promise<void> {
  const { table, seconds = 0 } = detail.payload ?? {};
  if (table !== 'customers') {
    await report(detail, { status: 'FAILED', error: { code: 'UnknownTable', message: `table '${table}' does not exist: use 'customers'` } });
    return;
  }
  await report(detail, { status: 'RUNNING', sequence: 0, progress: { percent: 0, message: 'counting the rows' } });

  const total = await countRows();
  const pages = Math.ceil(total / PAGE_SIZE);
  const lines = [COLUMNS.join(',')];
  for await (const { Items = [] } of paginateScan({ client: dynamodb, pageSize: PAGE_SIZE }, { TableName: process.env.CUSTOMERS_TABLE })) {
    lines.push(...Items.map(toCsv));
    await delay((seconds * 1000) / pages);
    const rows = lines.length - 1;
    await report(detail, {
      status: 'RUNNING',
      sequence: rows,
      progress: { percent: Math.round((100 * rows) / total), message: `${rows} of ${total} rows` },
    });
  }

  const object = { Bucket: process.env.EXPORTS_BUCKET, Key: `${detail.taskId}.csv` };
  await s3.send(new PutObjectCommand({ ...object, Body: `${lines.join('\n')}\n`, ContentType: 'text/csv' }));
  const url = await getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: LINK_SECONDS });
  await report(detail, { status: 'SUCCESSFUL', result: { rows: total, url } });
}

/** Sends a `TaskUpdatedEvent`. */
async function report({ taskId, createdAt, reportTo }: TaskCreated, update: object): Promise<void> {
  const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: reportTo.eventBusName,
      Source: reportTo.source,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId, taskCreatedAt: createdAt, ...update }),
    }],
  }));
  // PutEvents also returns 200 if it refuses the event.
  if (FailedEntryCount) throw new Error(`could not report: ${Entries?.[0].ErrorCode}`);
}

async function countRows(): Promise<number> {
  let rows = 0;
  for await (const { Count = 0 } of paginateScan({ client: dynamodb }, { TableName: process.env.CUSTOMERS_TABLE, Select: 'COUNT' })) rows += Count;
  return rows;
}

function toCsv(item: Record<string, AttributeValue>): string {
  return COLUMNS.map((column) => `"${(item[column]?.S ?? '').replaceAll('"', '""')}"`).join(',');
}
