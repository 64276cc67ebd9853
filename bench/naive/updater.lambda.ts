import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { SQSEvent } from 'aws-lambda';

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = process.env.TABLE_NAME;

/** Writes the reports of processors, without a look at the status of the task. */
export async function handler({ Records }: SQSEvent): Promise<void> {
  for (const { body } of Records) {
    const { detail: { taskId, status, result } } = JSON.parse(body);
    await dynamodb.send(new UpdateCommand({
      TableName,
      Key: { taskId, item: 'task' },
      UpdateExpression: 'SET #status = :status, #result = :result, #updatedAt = :now',
      ExpressionAttributeNames: { '#status': 'status', '#result': 'result', '#updatedAt': 'updatedAt' },
      ExpressionAttributeValues: { ':status': status, ':result': result, ':now': new Date().toISOString() },
    }));
  }
}
