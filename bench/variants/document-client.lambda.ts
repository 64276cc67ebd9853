import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = process.env.TABLE_NAME;

/** Creates and reads tasks as many examples do. It checks nothing, so it does less than our function. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  if (event.httpMethod === 'POST') {
    const task = { taskId: randomUUID(), status: 'PENDING', createdAt: new Date().toISOString(), ...JSON.parse(event.body!) };
    await dynamodb.send(new PutCommand({ TableName, Item: { ...task, item: 'task' } }));
    return { statusCode: 202, body: JSON.stringify(task) };
  }
  const { Item } = await dynamodb.send(new GetCommand({ TableName, Key: { taskId: event.pathParameters!.taskId, item: 'task' } }));
  return { statusCode: Item ? 200 : 404, body: JSON.stringify(Item) };
}
