import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ConditionalCheckFailedException, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { InMemoryTable } from '../test/support/in-memory-table';

/** Responses of AWS, by the names of the operations. */
export type Operations = Record<string, (input: any) => object>;

export function tableOperations(table: InMemoryTable): Operations {
  return {
    PutItem: (input) => table.execute(new PutItemCommand(input)),
    GetItem: (input) => table.execute(new GetItemCommand(input)),
    UpdateItem: (input) => table.execute(new UpdateItemCommand(input)),
    Query: (input) => table.execute(new QueryCommand(input)),
  };
}

/** Serves operations on a local port, each after a delay, until the parent process ends. Returns the port. */
export async function serve(operations: Operations, delayMs = 0): Promise<number> {
  const server = createServer((request, response) => void reply(request, response));
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status, body } = answer(operationOf(request), Buffer.concat(chunks).toString());
    if (delayMs > 0) await delay(delayMs);
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  };
  const answer = (name: string, input: string): { status: number; body: object } => {
    if (!operations[name]) return { status: 400, body: { __type: 'UnknownOperationException' } };
    try {
      return { status: name === 'Invoke' ? 202 : 200, body: operations[name](JSON.parse(input)) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: error.Item } };
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The parent process holds the other end. It closes when the parent ends.
  process.stdin.resume().on('end', () => process.exit());
  return (server.address() as AddressInfo).port;
}

/** Returns the operation of a request. Lambda has it in the path, the other services have it in a header. */
function operationOf({ url, headers }: IncomingMessage): string {
  return /^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(url!) ? 'Invoke' : String(headers['x-amz-target']).split('.')[1];
}
