import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { withEngine } from '../../local/engine/with-engine';
import { compareStores } from '../support/store-equivalence';

jest.setTimeout(180_000);

test('the in-memory table behaves like the DynamoDB of the local engine', async () => {
  await withEngine({}, (engine) => compareStores(new DynamoDBClient(engine.sdkClientConfig), { seed: 20261123, runs: 40 }));
});
