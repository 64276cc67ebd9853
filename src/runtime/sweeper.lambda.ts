import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { environmentNumber, environmentVariable } from './configuration';
import { Sweeper } from './sweeper';
import { TaskStore } from './task-store';

const sweeper = new Sweeper({
  store: new TaskStore(new DynamoDBClient({}), environmentVariable('TABLE_NAME'), environmentNumber('RETENTION_SECONDS')),
  now: () => new Date(),
});

export async function handler(): Promise<void> {
  await sweeper.sweep();
}
