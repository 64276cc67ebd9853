import '../support/environment';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/live-publisher.lambda';
import { aContext, aStreamRecord, aTask } from '../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const sqs = mockClient(SQSClient);

test('the handler reads the configured table, and writes to the configured queue', async () => {
  dynamodb.on(QueryCommand, { TableName: 'Live' }).resolves({ Items: [{ connectionId: { S: 'c1' } }] });
  sqs.on(SendMessageBatchCommand).resolves({});
  await handler({ Records: [aStreamRecord(aTask())] }, aContext());
  const [{ args: [{ input }] }] = sqs.commandCalls(SendMessageBatchCommand);
  expect([input.QueueUrl, input.Entries!.length]).toEqual([process.env.LIVE_QUEUE_URL, 2]);
  expect(Math.abs(JSON.parse(input.Entries![0].MessageBody!).at - Date.now())).toBeLessThan(60_000);
});
