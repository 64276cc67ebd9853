import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { AddressInfo } from 'node:net';
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InMemoryTable } from '../../test/simulation/in-memory-table';

/**
 * A program: the AWS services that the functions call, on a port of this machine that it writes to its standard output. It answers
 * at once, so that all that takes time is the function's.
 */
const table = new InMemoryTable({ now: Date.now, indexLag: () => 0, onChange: () => {} });

const OPERATIONS: Record<string, (input: any) => object> = {
  PutItem: (input) => table.execute(new PutItemCommand(input)),
  GetItem: (input) => table.execute(new GetItemCommand(input)),
  UpdateItem: (input) => table.execute(new UpdateItemCommand(input)),
  PutEvents: ({ Entries }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'id' })) }),
  SendMessage: () => ({ MessageId: 'id' }),
};

async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const operation = OPERATIONS[String(request.headers['x-amz-target']).split('.')[1]];
  if (!operation) return { status: 400, body: { __type: 'UnknownOperationException' } };
  try {
    return { status: 200, body: operation(JSON.parse(Buffer.concat(chunks).toString())) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: error.Item } };
  }
}

async function main(): Promise<void> {
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log((server.address() as AddressInfo).port);
  // Whoever started it holds the other end, and is gone when this one closes.
  process.stdin.resume().on('end', () => process.exit());
}

void main();
