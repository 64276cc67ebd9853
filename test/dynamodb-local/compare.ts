import { spawn } from 'node:child_process';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { checkGrowthOfList } from './list-growth';
import { compareStores } from '../support/store-equivalence';
import { eventually } from '../support/eventually';

const PORT = 8000;
const RUNS = 200;

/** Runs where nobody else can reach the port. */
async function main(libraries: string): Promise<void> {
  const database = spawn('java', [
    `-Djava.library.path=${libraries}`, '-cp', `${libraries}/*`, 'software.amazon.dynamodb.services.local.main.ServerRunner', '-inMemory', '-port', String(PORT),
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${PORT}`, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1,
    });
    await eventually('DynamoDB Local', () => client.send(new ListTablesCommand({})).catch(() => undefined));
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
    await compareStores(client, { seed, runs: RUNS });
    console.log(`${RUNS} sequences of calls: DynamoDB Local and the simulation's table agree (seed ${seed})`);
    await checkGrowthOfList(client);
  } finally {
    database.kill('SIGKILL');
  }
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
