import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { withEngine } from '../../local/engine/with-engine';
import { compareStores } from '../support/store-equivalence';
import { storesOfApi } from '../support/store-of-api';

jest.setTimeout(180_000);

test('the in-memory table behaves like the DynamoDB of the local engine', async () => {
  await withEngine({}, (engine) => compareStores(new DynamoDBClient(engine.sdkClientConfig), { seed: 20261123, runs: 40 }));
});

test('the same with the small client of the API function', async () => {
  await withEngine({}, (engine) => (
    compareStores(new DynamoDBClient(engine.sdkClientConfig), { seed: 20261124, runs: 40, storeOf: storesOfApi(engine.url) })
  ));
});
