import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { API_CLIENT } from '../../projenrc/lambda-bundles';
import type { DynamoDBClient } from '../../src/runtime/support/dynamodb-client';
import type { TaskStore } from '../../src/runtime/task/task-store';

const ENTRY = `
  export { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  export { sdkClientSettings } from './src/runtime/support/sdk-client-settings';
  export { TaskStore } from './src/runtime/task/task-store';
`;

interface StoreOfApi {
  readonly DynamoDBClient: typeof DynamoDBClient;
  readonly sdkClientSettings: (time: { reserveMs: number }) => ConstructorParameters<typeof DynamoDBClient>[0];
  readonly TaskStore: new (client: DynamoDBClient, ...rest: [tableName: string, retentionSeconds: number]) => TaskStore;
}

/** Makes stores as the API's function has them, with its small client of DynamoDB, which takes its settings from the environment. */
export function storesOfApi(endpoint: string): (tableName: string) => TaskStore {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  });
  const { TaskStore: Store, DynamoDBClient: SmallClient, sdkClientSettings } = bundle();
  const client = new SmallClient(sdkClientSettings({ reserveMs: 0 }));
  return (tableName) => new Store(client, tableName, 3600);
}

function bundle(): StoreOfApi {
  const resolveDir = path.join(__dirname, '..', '..');
  const { outputFiles } = buildSync({
    stdin: { contents: ENTRY, resolveDir, loader: 'ts' }, absWorkingDir: resolveDir, alias: API_CLIENT, bundle: true, platform: 'node', target: 'node20', write: false,
  });
  const loaded = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0].text)(loaded, loaded.exports, require);
  return loaded.exports as StoreOfApi;
}
