import { BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { AwsStub } from 'aws-sdk-client-mock';
import { NOW } from './builders';
import { InMemoryTable } from './in-memory-table';

/** Has a mocked SDK client call a table in memory, whose indexes don't lag. */
export function aTable(dynamodb: Pick<AwsStub<any, any, any>, 'on'>): InMemoryTable {
  const table = new InMemoryTable({ now: () => NOW.getTime(), indexLag: () => 0, onChange: () => {} });
  for (const Command of [BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand]) {
    dynamodb.on(Command as typeof GetItemCommand).callsFake((input) => table.execute(new (Command as typeof GetItemCommand)(input)));
  }
  return table;
}
