import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Engine } from '../engine/engine';

const NAMES = ['Ada', 'Björn', 'Chiara', 'Daouda', 'Emi', 'Farid', 'Grace', 'Hedy'];
const CITIES = ['Lisbon', 'Nairobi', 'Osaka', 'Quito', 'Tromsø'];
/** Maximum number of items of a BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;

/** Writes customers to the table of the example. */
export async function writeCustomers(engine: Engine, tableName: string, count: number): Promise<void> {
  const dynamodb = new DynamoDBClient(engine.sdkClientConfig);
  for (let first = 0; first < count; first += BATCH) {
    const customers = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => aCustomer(first + i));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: customers.map((Item) => ({ PutRequest: { Item } })) } }));
  }
  dynamodb.destroy();
}

function aCustomer(number: number) {
  return {
    customerId: { S: `C-${String(number).padStart(5, '0')}` },
    name: { S: NAMES[number % NAMES.length] },
    city: { S: CITIES[number % CITIES.length] },
  };
}
