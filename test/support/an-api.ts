import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NOW } from './builders';
import { Api, ApiOptions } from '../../src/runtime/http/api';
import { TaskStore } from '../../src/runtime/task/task-store';

/** An API whose callers share one space, and whose time stands still. */
export function anApi(options: Partial<ApiOptions> = {}): Api {
  return new Api({
    store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800),
    taskTimeoutSeconds: 3600,
    maxRequestBytes: 65_536,
    maxWaitSeconds: 0,
    ownerOf: () => undefined,
    allowOrigins: [],
    now: () => NOW,
    sleep: () => Promise.reject(new Error('nobody may wait')),
    ...options,
  });
}
