import '../support/environment';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/status-updater.lambda';
import { aContext, aFailedCondition, aMessage, anItem, aTask, EVENT_SOURCE } from '../support/builders';
import { captureMetricLines } from '../support/log-lines';

const dynamodb = mockClient(DynamoDBClient);
const metricLines = captureMetricLines();

test('the handler writes to the configured table', async () => {
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'RUNNING' })) });
  expect(await handler({ Records: [aMessage({ taskId: 'a', status: 'RUNNING' })] }, aContext())).toEqual({ batchItemFailures: [] });
  expect(dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input.TableName)).toEqual(['TaskStatus']);
});

test('the handler counts ignored reports', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
  await handler({ Records: [aMessage({ taskId: 'a', status: 'RUNNING' })] }, aContext());
  expect(metricLines()).toEqual([
    expect.objectContaining({ TaskManager: EVENT_SOURCE, ReportsIgnored: 1 }),
    expect.objectContaining({ TaskManager: EVENT_SOURCE, Reason: 'UnknownTask', ReportsIgnored: 1 }),
  ]);
});

test('the handler returns the messages that it had no time for', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  dynamodb.restore();
  const message = aMessage({ taskId: 'a', status: 'RUNNING' });
  expect(await handler({ Records: [message] }, aContext(2_000))).toEqual({ batchItemFailures: [{ itemIdentifier: message.messageId }] });
});
