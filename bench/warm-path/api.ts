import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { measureHandlers } from './handler';
import { ITEM } from './sdk-clients';
import { Router } from '../../src/runtime/http/router';
import { TaskStore } from '../../src/runtime/task/task-store';
import { createRequest, pollRequest } from '../events';

// A program that measures the API's function without a network. Its bundle decides which client of DynamoDB it has.
void measureHandlers((sdkClient) => {
  const router = new Router({
    store: new TaskStore(sdkClient(DynamoDBClient), 'TaskStatus', 604_800),
    taskTimeoutSeconds: 86_400,
    maxRequestBytes: 65_536,
    maxWaitSeconds: 0,
    ownerOf: () => undefined,
    now: () => new Date(),
    sleep: async () => {},
  });
  const [create, poll] = [createRequest(), pollRequest(ITEM.taskId.S!)];
  return {
    'create, a request': { records: 1, run: () => router.answer(create) },
    'poll, a request': { records: 1, run: () => router.answer(poll) },
  };
});
