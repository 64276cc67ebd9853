import { spawn } from 'node:child_process';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { checkGrowthOfList } from './list-growth';
import { eventually } from '../support/eventually';
import { compareStores } from '../support/store-equivalence';
import { storesOfApi } from '../support/store-of-api';

const PORT = 8000;
const RUNS = 200;

/** Runs in a network namespace, where no other program can reach the port. */
async function main(libraries: string): Promise<void> {
  const database = spawn('java', [
    `-Djava.library.path=${libraries}`, '-cp', `${libraries}/*`, 'software.amazon.dynamodb.services.local.main.ServerRunner', '-inMemory', '-port', String(PORT),
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const endpoint = `http://127.0.0.1:${PORT}`;
    const dynamodb = new DynamoDBClient({
      endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1,
    });
    await eventually('DynamoDB Local', () => dynamodb.send(new ListTablesCommand({})).catch(() => undefined));
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
    await compareStores(dynamodb, { seed, runs: RUNS });
    console.log(`DynamoDB Local and the in-memory table agree in ${RUNS} sequences of calls (seed ${seed})`);
    await compareStores(dynamodb, { seed: seed + 1, runs: RUNS, storeOf: storesOfApi(endpoint) });
    console.log(`and in as many with the small client of the API's function (seed ${seed + 1})`);
    await checkGrowthOfList(dynamodb);
  } finally {
    database.kill('SIGKILL');
  }
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
