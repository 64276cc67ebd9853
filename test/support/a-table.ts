import {
  BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand, QueryCommandInput, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { AwsStub } from 'aws-sdk-client-mock';
import { NOW } from './builders';
import { InMemoryTable } from './in-memory-table';

/** Puts a table in memory in the place of DynamoDB, with the index of the owners. */
export function aTable(dynamodb: Pick<AwsStub<any, any, any>, 'on'>): InMemoryTable {
  const table = new InMemoryTable({ now: () => NOW.getTime(), indexLag: () => 0, onChange: () => {} });
  dynamodb.on(GetItemCommand).callsFake((input) => table.execute(new GetItemCommand(input)));
  dynamodb.on(PutItemCommand).callsFake((input) => table.execute(new PutItemCommand(input)));
  dynamodb.on(UpdateItemCommand).callsFake((input) => table.execute(new UpdateItemCommand(input)));
  dynamodb.on(QueryCommand).callsFake((input) => queryOwners(table, input));
  dynamodb.on(BatchGetItemCommand).callsFake(({ RequestItems: { TaskStatus: { Keys } } }) => ({
    // In no order, and without what is not there.
    Responses: { TaskStatus: Keys.flatMap((Key: any) => (table.execute(new GetItemCommand({ TableName: 'TaskStatus', Key })) as any).Item ?? []).reverse() },
  }));
  return table;
}

/** Newest first, and with a place to go on from as soon as the limit is reached, be there more or not. */
function queryOwners(table: InMemoryTable, { IndexName, ScanIndexForward, Limit, ExpressionAttributeValues: values }: QueryCommandInput): object {
  if (IndexName !== 'owners' || ScanIndexForward !== false) throw new Error('only the lists of the owners are known here');
  const { ':space': { S: space }, ':after': { S: after } = { S: '~' } } = values as Record<string, { S: string }>;
  const found = [...table.items.values()].filter(({ ownerSpace, createdKey }) => ownerSpace?.S === space && createdKey.S! < after);
  const Items = found
    .sort((a, b) => a.createdKey.S! < b.createdKey.S! ? 1 : -1)
    .slice(0, Limit)
    .map(({ taskId, item, ownerSpace, createdKey, type }) => ({ taskId, item, ownerSpace, createdKey, type }));
  return { Items, ...(Items.length === Limit && { LastEvaluatedKey: Items.at(-1) }) };
}
